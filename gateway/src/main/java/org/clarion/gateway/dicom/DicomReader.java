package org.clarion.gateway.dicom;

import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import org.clarion.models.image.RgbImage;

/**
 * Reads a DICOM file's first frame as a radiologist's screen would show it. The order is the standard's: stored bits,
 * modality table or slope, window or table, inversion, padding, 8 bits. Stateless; meant for a bounded place, since a
 * JPEG 2000 decoder stops only between tiles.
 */
public final class DicomReader {
  private static final Pattern CODE = Pattern.compile("[A-Z0-9_ ]{1,16}");

  private DicomReader() {}

  /** Whether the first bytes are a DICOM file's, or look like those of a data set without preamble. */
  public static boolean recognises(byte[] file) {
    return DicomFile.recognised(file);
  }

  /**
   * Reads a picture.
   *
   * @param file
   *          not changed, not kept
   * @param stop
   *          asked now and then: nobody waits any more
   * @throws DicomException
   *           when the file is none, is damaged, costs more than the limits, or is of a kind that is not read
   */
  public static DicomPicture read(byte[] file, DicomLimits limits, BooleanSupplier stop) throws DicomException {
    DicomFile opened = DicomFile.open(file, limits);
    DataSet set = opened.dataSet();
    Set<Notice> notices = opened.notices();
    ImageHeader header = ImageHeader.of(opened, limits);
    Frame frame = Frame.first(opened, header, stop, notices);
    PixelStatistics stored = PixelStatistics.of(frame.samples());
    remark(set, header, notices);
    if (!header.photometric().grey()) {
      return picture(ColourRenderer.rgb(frame, set), header, stored, modality(set), Optional.empty(), false, notices);
    }
    Padding padding = Padding.of(set, header.signed());
    ModalityTransform modality = ModalityTransform.of(set, header, notices);
    Voi voi = Voi.of(set, header, frame.samples(), padding, modality, notices);
    // Once, though both attributes may say it.
    boolean inverted = header.photometric() == Photometric.MONOCHROME1 || set.text(Tag.PRESENTATION_LUT_SHAPE).equals(
        "INVERSE");
    byte[] rgb = new GreyRenderer(modality, voi, inverted, padding).rgb(frame.samples(), stored, stop);
    return picture(rgb, header, stored, modality(set), Optional.of(voi), inverted, notices);
  }

  /**
   * The patient's name, decoded from the file's character sets; empty when it has none. For comparisons of readers:
   * nothing that serves may call this.
   *
   * @throws DicomException
   *           when the file cannot be parsed
   */
  public static String patientName(byte[] file, DicomLimits limits) throws DicomException {
    DataSet set = DicomFile.open(file, limits).dataSet();
    Element name = set.element(Tag.PATIENT_NAME);
    return name == null ? "" : CharacterSets.decode(set.bytes(), name, set.texts(Tag.SPECIFIC_CHARACTER_SET));
  }

  private static DicomPicture picture(byte[] rgb, ImageHeader header, PixelStatistics stored, String modality,
      Optional<Voi> voi, boolean inverted, Set<Notice> notices) {
    return new DicomPicture(new RgbImage(header.columns(), header.rows(), rgb), header, stored, modality, voi, inverted,
        Set.copyOf(notices));
  }

  private static String modality(DataSet set) {
    String code = set.text(Tag.MODALITY);
    return CODE.matcher(code).matches() ? code : "";
  }

  private static void remark(DataSet set, ImageHeader header, Set<Notice> notices) {
    remark(header.frames() > 1, Notice.SEVERAL_FRAMES, notices);
    remark(set.has(Tag.SHARED_FUNCTIONAL_GROUPS), Notice.FUNCTIONAL_GROUPS, notices);
    remark(set.text(Tag.PRESENTATION_INTENT).equals("FOR PROCESSING"), Notice.FOR_PROCESSING, notices);
    remark(set.text(Tag.BURNED_IN_ANNOTATION).equals("YES"), Notice.BURNED_IN_ANNOTATION, notices);
    remark(set.text(Tag.LOSSY_COMPRESSION).equals("01"), Notice.LOSSY, notices);
    remark(stretched(set.texts(Tag.PIXEL_ASPECT_RATIO)) || stretched(set.texts(Tag.PIXEL_SPACING)) || stretched(set
        .texts(Tag.IMAGER_PIXEL_SPACING)), Notice.PIXELS_NOT_SQUARE, notices);
  }

  private static void remark(boolean holds, Notice notice, Set<Notice> notices) {
    if (holds) {
      notices.add(notice);
    }
  }

  private static boolean stretched(String[] sides) {
    return sides.length == 2 && Math.abs(DataSet.decimal(sides[0].strip()) / DataSet.decimal(sides[1].strip())
        - 1) > 0.001;
  }
}
