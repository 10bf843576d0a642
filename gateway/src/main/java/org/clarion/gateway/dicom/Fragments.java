package org.clarion.gateway.dicom;

import java.util.ArrayList;
import java.util.List;

/** The first frame of encapsulated pixels (PS3.5, annex A.4). */
final class Fragments {
  private static final int MOST = 100_000;
  private static final Encoding LITTLE = Encoding.EXPLICIT_LITTLE;

  /** Where a fragment lies. */
  private record Fragment(int at, int length) {}

  private final byte[] bytes;
  private final List<Fragment> fragments = new ArrayList<>();

  private Fragments(byte[] bytes) {
    this.bytes = bytes;
  }

  static byte[] firstFrame(DataSet set, Element pixels, ImageHeader header) throws DicomException {
    if (pixels.length() != Element.UNDEFINED) {
      throw new DicomException(Failure.MALFORMED, "the transfer syntax is a compressed one, and the pixels are not");
    }
    Fragments fragments = new Fragments(set.bytes());
    fragments.walk(pixels.at());
    return fragments.join(fragments.first(header));
  }

  private void walk(int from) throws DicomException {
    int at = from;
    while (bytes.length - at >= 8) {
      int tag = LITTLE.tag(bytes, at);
      long length = LITTLE.four(bytes, at + 4);
      at += 8;
      if (tag == Tag.SEQUENCE_END) {
        return;
      }
      if (tag != Tag.ITEM) {
        throw malformed("there is no fragment where one must be");
      }
      if (length > bytes.length - at) {
        throw new DicomException(Failure.TRUNCATED, "a fragment of pixels announces " + length + " bytes where "
            + (bytes.length - at) + " are left");
      }
      if (fragments.size() > MOST) {
        throw new DicomException(Failure.TOO_LARGE, "the pixels have more than " + MOST + " fragments");
      }
      fragments.add(new Fragment(at, (int) length));
      at += (int) length;
    }
    throw new DicomException(Failure.TRUNCATED, "the compressed pixels have no end");
  }

  /** The fragments of the first frame: by the offset table, else by count, else up to the next frame's first bytes. */
  private List<Fragment> first(ImageHeader header) throws DicomException {
    if (fragments.size() < 2) {
      throw new DicomException(Failure.NO_PIXELS, "the compressed pixels have no fragments");
    }
    Fragment table = fragments.getFirst();
    List<Fragment> data = fragments.subList(1, fragments.size());
    if (header.frames() > data.size()) {
      throw new DicomException(Failure.INCONSISTENT,
          header.frames() + " frames are announced, and " + data.size() + " fragments are there");
    }
    if (header.frames() == 1) {
      return data;
    }
    if (header.frames() == data.size()) {
      return data.subList(0, 1);
    }
    if (table.length >= 8) {
      return upTo(data, data.getFirst().at - 8 + LITTLE.four(bytes, table.at + 4));
    }
    for (int i = 1; i < data.size(); i++) {
      if (starts(data.get(i), data.getFirst())) {
        return data.subList(0, i);
      }
    }
    throw malformed("the frames cannot be told apart");
  }

  private static List<Fragment> upTo(List<Fragment> data, long place) throws DicomException {
    for (int i = 1; i < data.size(); i++) {
      if (data.get(i).at - 8 == place) {
        return data.subList(0, i);
      }
    }
    throw malformed("the offset table names a place where no fragment starts");
  }

  /** Whether a fragment starts with the same two bytes as the first: a start of image or of a codestream. */
  private boolean starts(Fragment fragment, Fragment first) {
    return fragment.length >= 2 && first.length >= 2 && bytes[fragment.at] == bytes[first.at]
        && bytes[fragment.at + 1] == bytes[first.at + 1];
  }

  private byte[] join(List<Fragment> parts) {
    // At most the file's own size: the fragments do not overlap.
    byte[] frame = new byte[parts.stream().mapToInt(Fragment::length).sum()];
    int to = 0;
    for (Fragment part : parts) {
      System.arraycopy(bytes, part.at, frame, to, part.length);
      to += part.length;
    }
    return frame;
  }

  private static DicomException malformed(String what) {
    return new DicomException(Failure.MALFORMED, what);
  }
}
