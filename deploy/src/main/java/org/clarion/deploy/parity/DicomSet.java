package org.clarion.deploy.parity;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.clarion.engine.parity.Comparison;
import org.clarion.gateway.dicom.DicomException;
import org.clarion.gateway.dicom.DicomLimits;
import org.clarion.gateway.dicom.DicomPicture;
import org.clarion.gateway.dicom.DicomReader;
import org.clarion.gateway.dicom.TransferSyntax;
import org.clarion.gateway.dicom.Voi;
import org.clarion.models.image.BicubicResize;
import org.clarion.models.image.RgbImage;

/** DICOM files: what was read, the picture, the picture resized; and hostile files, which give none. */
final class DicomSet extends CaseSet {
  private static final int SIDE = 224;
  private static final DicomLimits LIMITS = DicomLimits.of(40L << 20, 16384);
  /** Of a double that the reference computed by another order of operations. */
  private static final double VALUE = 1e-6;
  private static final double[] EXACT = {0, 0};
  /** The sum of the magnitudes of bicubic weights (a = -1/2) is at most 5/4 along each axis. */
  private static final double BICUBIC_GAIN = 25.0 / 16;

  DicomSet() {
    super("dicom", "dicom/expected.json", "dicom/hostile.json", "../samples");
  }

  @Override
  protected void compare(Path fixtures, Comparison comparison) throws IOException {
    Path folder = fixtures.resolve("dicom");
    for (Map.Entry<String, JsonNode> entry : json(folder.resolve("expected.json")).properties()) {
      Path made = folder.resolve("files").resolve(entry.getKey());
      Path file = Files.exists(made) ? made : fixtures.resolve("../samples").resolve(entry.getKey());
      valid(folder, file, entry.getValue(), comparison);
    }
    for (Map.Entry<String, JsonNode> entry : json(folder.resolve("hostile.json")).properties()) {
      hostile(folder.resolve("hostile").resolve(entry.getKey()), entry.getValue().path("error").asText(), comparison);
    }
  }

  private static void valid(Path folder, Path file, JsonNode expected, Comparison comparison) throws IOException {
    String name = String.valueOf(file.getFileName());
    byte[] bytes = Files.readAllBytes(file);
    try {
      DicomPicture picture = DicomReader.read(bytes, LIMITS, () -> false);
      described(name, picture, expected, comparison);
      same(comparison, name + " patient name", DicomReader.patientName(bytes, LIMITS), expected.path("patient_name")
          .asText());
      String png = name.substring(0, name.length() - 4) + ".png";
      double[] tolerance = tolerance(picture);
      RgbImage expectedPicture = read(folder.resolve("pictures").resolve(png));
      RgbImage expectedResized = read(folder.resolve("resized").resolve(png));
      picture(name, picture.rgb(), expectedPicture, tolerance, comparison);
      picture(name + " expected, resized", BicubicResize.resize(expectedPicture, SIDE, SIDE), expectedResized, EXACT,
          comparison);
      picture(name + " resized", BicubicResize.resize(picture.rgb(), SIDE, SIDE), expectedResized,
          resized(tolerance), comparison);
    } catch (DicomException e) {
      holds(comparison, name + " is read (" + e.failure() + ": " + e.getMessage() + ")", false);
    }
  }

  private static void described(String name, DicomPicture picture, JsonNode expected, Comparison comparison) {
    same(comparison, name + " header", picture.header().columns() + "x" + picture.header().rows() + "x" + picture
        .header().samples() + " of " + picture.header().frames() + ", " + picture.header().bitsStored() + "/"
        + picture
            .header().bitsAllocated()
        + "/" + picture.header().highBit() + " " + picture.header().signed() + " "
        + picture.header().photometric().term() + " " + picture.header().syntax().uid() + " " + picture.modality(),
        expected.path("columns").asText() + "x" + expected.path("rows").asText() + "x" + expected.path("samples")
            .asText() + " of " + expected.path("frames").asText() + ", " + expected.path("bits_stored").asText() + "/"
            + expected.path("bits_allocated").asText() + "/" + expected.path("high_bit").asText() + " " + expected.path(
                "signed").asText()
            + " " + expected.path("photometric").asText() + " " + expected.path(
                "transfer_syntax").asText()
            + " " + expected.path("modality_attribute").asText());
    boolean lossy = tolerance(picture)[0] > 0;
    comparison.near(name + " stored values", new double[]{picture.stored().min(), picture.stored().max(), picture
        .stored().mean()}, new double[]{expected.path("stored_min").asDouble(), expected.path("stored_max").asDouble(),
            expected.path("stored_mean").asDouble()},
        lossy ? 1 : VALUE);
    holds(comparison, name + " inverted", picture.inverted() == expected.path("inverted").asBoolean());
    same(comparison, name + " kind of window", picture.voi().map(DicomSet::kind).orElse(""), kind(expected));
    comparison.near(name + " window", picture.voi().map(DicomSet::numbers).orElse(new double[0]), numbers(expected),
        lossy ? 1 : VALUE);
  }

  private static String kind(Voi voi) {
    return switch (voi) {
      case Voi.Window window -> "window " + window.function();
      case Voi.Table _ -> "lut";
      case Voi.Range _ -> "percentile";
      case Voi.Constant _ -> "constant";
    };
  }

  private static String kind(JsonNode expected) {
    String kind = expected.path("voi").asText();
    return switch (kind) {
      case "window" -> "window " + expected.path("function").asText();
      case "colour", "palette" -> "";
      default -> kind;
    };
  }

  private static double[] numbers(Voi voi) {
    return switch (voi) {
      case Voi.Window window -> new double[]{window.center(), window.width()};
      case Voi.Table table -> new double[]{table.entries(), table.first(), table.bits()};
      case Voi.Range range -> new double[]{range.low(), range.high()};
      case Voi.Constant constant -> new double[]{constant.value()};
    };
  }

  private static double[] numbers(JsonNode expected) {
    return switch (expected.path("voi").asText()) {
      case "window" -> numbers(expected, "center", "width");
      case "lut" -> numbers(expected, "entries", "first", "bits");
      case "percentile" -> numbers(expected, "low", "high");
      case "constant" -> numbers(expected, "low");
      default -> new double[0];
    };
  }

  private static double[] numbers(JsonNode expected, String... names) {
    return Arrays.stream(names).mapToDouble(name -> expected.path(name).asDouble()).toArray();
  }

  /** Largest and mean difference in levels: lossy decoders differ by rounding, and by how they double chroma. */
  private static double[] tolerance(DicomPicture picture) {
    TransferSyntax syntax = picture.header().syntax();
    boolean baseline = syntax == TransferSyntax.JPEG_BASELINE;
    if (baseline && picture.header().samples() == 3) {
      return new double[]{12, 1};
    }
    return baseline || syntax == TransferSyntax.JPEG_2000 ? new double[]{1, 1} : EXACT;
  }

  /** What differs before a resize may differ more after it. */
  private static double[] resized(double[] tolerance) {
    return new double[]{Math.ceil(tolerance[0] * BICUBIC_GAIN), tolerance[1]};
  }

  private static void picture(String name, RgbImage actual, RgbImage expected, double[] tolerance,
      Comparison comparison) {
    double[] one = levels(actual);
    double[] other = levels(expected);
    comparison.near(name, one, other, tolerance[0]);
    if (tolerance[0] > 1 && one.length == other.length) {
      double mean = IntStream.range(0, one.length).mapToDouble(i -> Math.abs(one[i] - other[i])).average().orElse(0);
      comparison.near(name + " mean difference", new double[]{mean}, new double[]{0}, tolerance[1]);
    }
  }

  /**
   * A hostile file gives no picture without a remark; a neighbouring class of failure is none of this set's business.
   */
  private static void hostile(Path file, String error, Comparison comparison) throws IOException {
    boolean readable = error.equals("WARNING");
    try {
      boolean remarked = !DicomReader.read(Files.readAllBytes(file), LIMITS, () -> false).notices().isEmpty();
      holds(comparison, file.getFileName() + " is read only if that is harmless (" + error + ")", readable && remarked);
    } catch (DicomException e) {
      holds(comparison, file.getFileName() + " is read with a remark, not refused as " + e.failure(), !readable);
    }
  }

  /** By samples: the JDK's own conversion to RGB would change the grey curve. */
  private static RgbImage read(Path file) throws IOException {
    BufferedImage picture = ImageIO.read(file.toFile());
    Raster raster = picture.getRaster();
    byte[] rgb = new byte[3 * raster.getWidth() * raster.getHeight()];
    for (int i = 0; i < rgb.length; i++) {
      int pixel = i / 3;
      rgb[i] = (byte) raster.getSample(pixel % raster.getWidth(), pixel / raster.getWidth(), raster.getNumBands() == 1
          ? 0
          : i % 3);
    }
    return new RgbImage(raster.getWidth(), raster.getHeight(), rgb);
  }

  private static double[] levels(RgbImage picture) {
    double[] levels = new double[picture.rgb().length];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = picture.rgb()[i] & 0xFF;
    }
    return levels;
  }
}
