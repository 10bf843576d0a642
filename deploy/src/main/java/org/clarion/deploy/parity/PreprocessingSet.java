package org.clarion.deploy.parity;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.clarion.engine.parity.Comparison;
import org.clarion.models.image.BicubicResize;
import org.clarion.models.image.PixelTensor;
import org.clarion.models.image.RgbImage;

/** The picture transform: resize exact to the byte, normalisation within 1e-6. */
final class PreprocessingSet extends CaseSet {
  private static final int SIDE = 224;
  private static final double NORMALISED = 1e-6;
  private static final List<Double> MEAN = List.of(0.48145466, 0.4578275, 0.40821073);
  private static final List<Double> STD = List.of(0.26862954, 0.26130258, 0.27577711);

  PreprocessingSet() {
    super("preprocessing", "preprocessing/expected.json", "preprocessing/resize_cases/source.png");
  }

  @Override
  protected void compare(Path fixtures, Comparison comparison) throws IOException {
    Path folder = fixtures.resolve("preprocessing");
    resizeCases(folder.resolve("resize_cases"), comparison);
    for (Map.Entry<String, JsonNode> entry : json(folder.resolve("expected.json")).properties()) {
      if (entry.getValue().has("decoded")) {
        decoded(folder, entry.getKey(), entry.getValue(), comparison);
      }
    }
  }

  private static void resizeCases(Path folder, Comparison comparison) throws IOException {
    RgbImage source = read(folder.resolve("source.png"));
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(file -> !file.endsWith("source.png")).sorted().toList()) {
        RgbImage expected = read(file);
        RgbImage actual = BicubicResize.resize(source, expected.width(), expected.height());
        comparison.same("resize to " + file.getFileName(), levels(actual), levels(expected));
      }
    }
  }

  private static void decoded(Path folder, String name, JsonNode entry, Comparison comparison) throws IOException {
    RgbImage picture = read(folder.resolve(entry.path("decoded").asText()));
    RgbImage resized = BicubicResize.resize(picture, SIDE, SIDE);
    comparison.same("resize of " + name, levels(resized), levels(read(folder.resolve(entry.path("resized").asText()))));
    if (entry.has("tensor")) {
      float[] expected = npy(folder.resolve(entry.path("tensor").asText()));
      comparison.near("normalised " + name, PixelTensor.of(resized).normalised(MEAN, STD), expected, NORMALISED);
    }
  }

  private static RgbImage read(Path file) throws IOException {
    BufferedImage picture = ImageIO.read(file.toFile());
    if (picture == null) {
      throw new IOException(file.getFileName() + " is no picture");
    }
    byte[] rgb = new byte[picture.getWidth() * picture.getHeight() * 3];
    int at = 0;
    for (int y = 0; y < picture.getHeight(); y++) {
      for (int x = 0; x < picture.getWidth(); x++) {
        int pixel = picture.getRGB(x, y);
        rgb[at++] = (byte) (pixel >> 16);
        rgb[at++] = (byte) (pixel >> 8);
        rgb[at++] = (byte) pixel;
      }
    }
    return new RgbImage(picture.getWidth(), picture.getHeight(), rgb);
  }

  private static int[] levels(RgbImage picture) {
    int[] levels = new int[picture.rgb().length];
    for (int i = 0; i < levels.length; i++) {
      levels[i] = picture.rgb()[i] & 0xff;
    }
    return levels;
  }

  /** NumPy's format 1.0 with little-endian float32, which is all that the fixtures use. */
  private static float[] npy(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    int header = bytes.getShort(8);
    String description = StandardCharsets.US_ASCII.decode(bytes.slice(10, header)).toString();
    if (!description.contains("'<f4'") || description.contains("'fortran_order': True")) {
      throw new IOException(file.getFileName() + " is not row-major float32: " + description);
    }
    float[] values = new float[(bytes.capacity() - 10 - header) / Float.BYTES];
    bytes.slice(10 + header, values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    return values;
  }
}
