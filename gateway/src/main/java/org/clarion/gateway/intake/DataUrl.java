package org.clarion.gateway.intake;

import java.util.Base64;
import java.util.Locale;

/**
 * The picture inside a {@code data:image/...;base64,} or {@code data:application/dicom;base64,} URL, the form in which
 * OpenAI-shaped requests carry pictures. Other URLs are refused: this server fetches nothing.
 */
public sealed interface DataUrl {

  /** The file's bytes; what they are is for {@link ImageIntake} to find out. */
  record Content(byte[] bytes) implements DataUrl {}

  /** The URL was not taken. */
  record Refused(Refusal refusal) implements DataUrl {}

  /**
   * Reads a URL. The declared type must be an image's but is otherwise not believed.
   *
   * @param limits
   *          the decoded size is checked before anything is decoded
   */
  static DataUrl parse(String url, ImageLimits limits) {
    try {
      return new Content(content(url, limits));
    } catch (RefusedException e) {
      return new Refused(e.refusal());
    }
  }

  private static byte[] content(String url, ImageLimits limits) throws RefusedException {
    if (!url.regionMatches(true, 0, "data:", 0, 5)) {
      int colon = url.indexOf(':');
      String scheme = colon > 0 && colon <= 10 && url.substring(0, colon).chars().allMatch(Character::isLetterOrDigit)
          ? url.substring(0, colon)
          : "none";
      throw new RefusedException(RefusalCode.URL_UNSUPPORTED, "images are taken from data: URLs only, not from scheme "
          + scheme
          + "; send data:image/jpeg;base64,..., data:image/png;base64,... or data:application/dicom;base64,...");
    }
    int comma = url.indexOf(',');
    if (comma < 0 || comma > 256) {
      throw new RefusedException(RefusalCode.DATA_URL_INVALID, "the data URL has no comma before its data");
    }
    String[] header = url.substring(5, comma).toLowerCase(Locale.ROOT).split(";", -1);
    String type = header[0].strip();
    if (!type.startsWith("image/") && !type.equals("application/dicom")) {
      throw new RefusedException(RefusalCode.DATA_URL_INVALID,
          "the data URL must declare an image type: data:image/... or data:application/dicom");
    }
    if (!header[header.length - 1].strip().equals("base64")) {
      throw new RefusedException(RefusalCode.DATA_URL_INVALID, "the data URL must say ;base64 before its comma");
    }
    return decoded(url.substring(comma + 1), limits);
  }

  private static byte[] decoded(String text, ImageLimits limits) throws RefusedException {
    limits.checkBytes(text.length() / 4L * 3 - 2);
    byte[] bytes;
    try {
      bytes = Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      // The library's message would quote a character of the upload.
      throw new RefusedException(RefusalCode.DATA_URL_INVALID, "the data URL's data are not valid base64");
    }
    if (bytes.length == 0) {
      throw new RefusedException(RefusalCode.EMPTY, "the data URL has no data");
    }
    limits.checkBytes(bytes.length);
    return bytes;
  }
}
