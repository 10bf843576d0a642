package org.clarion.gateway.dicom;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A file opened: Part 10 with its preamble, or a data set alone. The preamble is never looked at.
 *
 * @param notices
 *          what was odd so far
 */
record DicomFile(TransferSyntax syntax, DataSet dataSet, Set<Notice> notices) {
  private static final int PREAMBLE = 128;
  private static final byte[] MAGIC = "DICM".getBytes(StandardCharsets.US_ASCII);
  private static final int SHORTEST = 8;

  /** Whether the first bytes are a DICOM file's or look like a data set's. */
  static boolean recognised(byte[] file) {
    return start(file) > 0 || guessed(file, 0) != null;
  }

  static DicomFile open(byte[] file, DicomLimits limits) throws DicomException {
    int start = start(file);
    if (start == 0 && guessed(file, 0) == null) {
      throw new DicomException(Failure.NOT_DICOM, "the file is no DICOM file: it has no DICM at byte " + PREAMBLE
          + " and does not start as a data set");
    }
    DataSetParser parser = new DataSetParser(file);
    DataSet meta = new DataSet(file);
    boolean group2 = start > 0 || Encoding.EXPLICIT_LITTLE.two(file, 0) == 2;
    int body = group2 ? parser.meta(meta, start) : start;
    Set<Notice> notices = EnumSet.noneOf(Notice.class);
    TransferSyntax syntax;
    if (meta.has(Tag.TRANSFER_SYNTAX)) {
      syntax = TransferSyntax.of(meta.text(Tag.TRANSFER_SYNTAX));
    } else {
      notices.add(Notice.NO_TRANSFER_SYNTAX);
      TransferSyntax guess = guessed(file, body);
      syntax = guess == null ? TransferSyntax.IMPLICIT_LITTLE : guess;
    }
    DataSet dataSet = syntax == TransferSyntax.DEFLATED
        ? new DataSetParser(Inflate.all(file, body, limits.maxInflated())).dataSet(0, syntax.encoding())
        : parser.dataSet(body, syntax.encoding());
    return new DicomFile(syntax, dataSet, notices);
  }

  private static int start(byte[] file) {
    return file.length >= PREAMBLE + MAGIC.length
        && Arrays.equals(file, PREAMBLE, PREAMBLE + MAGIC.length, MAGIC, 0, MAGIC.length)
            ? PREAMBLE + MAGIC.length
            : 0;
  }

  /**
   * How a data set without transfer syntax is written, by its first element: groups 2 and 8 come first in every image,
   * and their first elements are short. Null when it looks like none.
   */
  private static @Nullable TransferSyntax guessed(byte[] file, int at) {
    if (file.length - at < SHORTEST) {
      return null;
    }
    boolean representation = Vr.of(file[at + 4], file[at + 5]) != null;
    if (plausible(Encoding.EXPLICIT_LITTLE.tag(file, at))) {
      if (representation) {
        return TransferSyntax.EXPLICIT_LITTLE;
      }
      long length = Encoding.IMPLICIT_LITTLE.four(file, at + 4);
      return length <= file.length - at - SHORTEST ? TransferSyntax.IMPLICIT_LITTLE : null;
    }
    return representation && plausible(Encoding.EXPLICIT_BIG.tag(file, at)) ? TransferSyntax.EXPLICIT_BIG : null;
  }

  private static boolean plausible(int tag) {
    int group = tag >>> 16;
    return (group == 2 || group == 8) && (tag & 0xFFFF) <= 0x0100;
  }
}
