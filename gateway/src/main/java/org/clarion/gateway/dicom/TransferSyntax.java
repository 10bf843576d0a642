package org.clarion.gateway.dicom;

import java.util.Arrays;
import java.util.Map;
import java.util.regex.Pattern;

/** Encodings of data sets and pixels that are read, and the names of those that are not. Source: PS3.6, annex A. */
public enum TransferSyntax {
  IMPLICIT_LITTLE("1.2.840.10008.1.2", Pixels.NATIVE), EXPLICIT_LITTLE("1.2.840.10008.1.2.1",
      Pixels.NATIVE), EXPLICIT_BIG("1.2.840.10008.1.2.2", Pixels.NATIVE), DEFLATED("1.2.840.10008.1.2.1.99",
          Pixels.NATIVE), RLE("1.2.840.10008.1.2.5", Pixels.RLE), JPEG_BASELINE("1.2.840.10008.1.2.4.50",
              Pixels.JPEG), JPEG_LOSSLESS("1.2.840.10008.1.2.4.57", Pixels.JPEG_LOSSLESS), JPEG_LOSSLESS_FIRST_ORDER(
                  "1.2.840.10008.1.2.4.70", Pixels.JPEG_LOSSLESS), JPEG_2000_LOSSLESS("1.2.840.10008.1.2.4.90",
                      Pixels.JPEG_2000), JPEG_2000("1.2.840.10008.1.2.4.91", Pixels.JPEG_2000);

  /** How a frame is stored. */
  enum Pixels {
    NATIVE, RLE, JPEG, JPEG_LOSSLESS, JPEG_2000
  }

  private static final String ROOT = "1.2.840.10008.1.2.";
  private static final Map<String, String> NOT_READ = Map.ofEntries(Map.entry(ROOT + "4.51", "JPEG Extended, 12 bits"),
      Map.entry(ROOT + "4.80", "JPEG-LS Lossless"), Map.entry(ROOT + "4.81", "JPEG-LS Near-lossless"),
      Map.entry(ROOT + "4.92", "JPEG 2000 Multi-component Lossless"),
      Map.entry(ROOT + "4.93", "JPEG 2000 Multi-component"),
      Map.entry(ROOT + "4.94", "JPIP"), Map.entry(ROOT + "4.95", "JPIP deflated"),
      Map.entry(ROOT + "4.100", "MPEG-2"), Map.entry(ROOT + "4.102", "MPEG-4"), Map.entry(ROOT + "4.107", "HEVC"),
      Map.entry(ROOT + "4.110", "JPEG XL Lossless"), Map.entry(ROOT + "4.111", "JPEG XL from JPEG"),
      Map.entry(ROOT + "4.112", "JPEG XL"), Map.entry(ROOT + "4.201", "HTJ2K Lossless"),
      Map.entry(ROOT + "4.202", "HTJ2K Lossless RPCL"), Map.entry(ROOT + "4.203", "HTJ2K"));
  private static final Pattern IDENTIFIER = Pattern.compile("[0-9.]{1,64}");

  private final String uid;
  private final Pixels pixels;

  TransferSyntax(String uid, Pixels pixels) {
    this.uid = uid;
    this.pixels = pixels;
  }

  /** The unique identifier. */
  public String uid() {
    return uid;
  }

  Pixels pixels() {
    return pixels;
  }

  boolean encapsulated() {
    return pixels != Pixels.NATIVE;
  }

  Encoding encoding() {
    return switch (this) {
      case IMPLICIT_LITTLE -> Encoding.IMPLICIT_LITTLE;
      case EXPLICIT_BIG -> Encoding.EXPLICIT_BIG;
      default -> Encoding.EXPLICIT_LITTLE;
    };
  }

  static TransferSyntax of(String uid) throws DicomException {
    for (TransferSyntax syntax : values()) {
      if (syntax.uid.equals(uid)) {
        return syntax;
      }
    }
    String name = NOT_READ.get(uid);
    String shown = IDENTIFIER.matcher(uid).matches() ? uid : "(no identifier)";
    throw new DicomException(Failure.UNSUPPORTED, "transfer syntax " + shown + (name == null ? "" : ", " + name + ",")
        + " is not supported; " + String.join(", ", Arrays.stream(values()).map(TransferSyntax::uid).toList())
        + " are");
  }
}
