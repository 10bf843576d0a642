package org.clarion.models.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The records of a mapped zip file whose entries are stored uncompressed, as torch writes them; with the 64-bit
 * extension. Reads the directory at the file's end (PKWARE APPNOTE sections 4.3 and 4.5) and trusts no length in it.
 */
final class ZipRecords {
  private static final int END = 0x06054b50;
  private static final int END_BYTES = 22;
  private static final int LOCATOR_64 = 0x07064b50;
  private static final int LOCATOR_64_BYTES = 20;
  private static final int END_64 = 0x06064b50;
  private static final int CENTRAL = 0x02014b50;
  private static final int LOCAL = 0x04034b50;
  private static final int LOCAL_BYTES = 30;
  private static final int MAX_RECORDS = 1_000_000;
  private static final long ABSENT = 0xFFFFFFFFL;

  private record Directory(long offset, long entries) {}

  private final MappedFile file;

  private ZipRecords(MappedFile file) {
    this.file = file;
  }

  /** Every record's bytes by name. */
  static Map<String, MemorySegment> read(MappedFile file) {
    return new ZipRecords(file).records();
  }

  private Map<String, MemorySegment> records() {
    Directory directory = directory();
    if (directory.entries() < 0 || directory.entries() > MAX_RECORDS) {
      throw malformed(Long.toUnsignedString(directory.entries()) + " records, limit " + MAX_RECORDS);
    }
    ByteCursor in = at(directory.offset());
    Map<String, MemorySegment> records = new LinkedHashMap<>();
    for (long i = 0; i < directory.entries(); i++) {
      entry(in, records);
    }
    return records;
  }

  private ByteCursor at(long offset) {
    if (offset < 0 || offset > file.size()) {
      throw malformed("an offset of " + Long.toUnsignedString(offset) + " in " + file.size() + " bytes");
    }
    return file.cursor(offset, file.size());
  }

  private Directory directory() {
    long end = end();
    if (end >= LOCATOR_64_BYTES) {
      ByteCursor locator = at(end - LOCATOR_64_BYTES);
      if (locator.i32() == LOCATOR_64) {
        locator.i32();
        return directory64(at(locator.i64()));
      }
    }
    ByteCursor in = at(end + 10);
    long entries = in.u16();
    in.u32();
    return new Directory(in.u32(), entries);
  }

  private Directory directory64(ByteCursor in) {
    if (in.i32() != END_64) {
      throw malformed("no 64-bit zip directory where its locator points");
    }
    in.slice(28);
    long entries = in.i64();
    in.i64();
    return new Directory(in.i64(), entries);
  }

  /** The end record is last, but for a comment of at most 64 KiB whose length it tells. */
  private long end() {
    long lowest = Math.max(0, file.size() - END_BYTES - 65_535);
    for (long at = file.size() - END_BYTES; at >= lowest; at--) {
      if (file.bytes().get(ByteCursor.INT, at) == END
          && Short.toUnsignedInt(file.bytes().get(ByteCursor.SHORT, at + 20)) == file.size() - at - END_BYTES) {
        return at;
      }
    }
    throw new CheckpointException("checkpoint_truncated", file.label() + " starts like a zip but has no directory");
  }

  private void entry(ByteCursor in, Map<String, MemorySegment> records) {
    if (in.i32() != CENTRAL) {
      throw malformed("a directory entry without its signature");
    }
    in.i32();
    int flags = in.u16();
    int method = in.u16();
    in.i64();
    long compressed = in.u32();
    long size = in.u32();
    int nameBytes = in.u16();
    int extraBytes = in.u16();
    int commentBytes = in.u16();
    in.i64();
    long offset = in.u32();
    String name = in.utf8(nameBytes);
    ByteCursor extra = new ByteCursor(file.label(), in.slice(extraBytes), in.position());
    in.slice(commentBytes);
    if (size == ABSENT || compressed == ABSENT || offset == ABSENT) {
      ByteCursor wide = wide(extra);
      size = size == ABSENT ? wide.i64() : size;
      compressed = compressed == ABSENT ? wide.i64() : compressed;
      offset = offset == ABSENT ? wide.i64() : offset;
    }
    if (method != 0 || (flags & 1) != 0 || compressed != size) {
      throw new CheckpointException("checkpoint_unsupported",
          file.label() + ": record " + name + " is compressed or encrypted, torch stores records plainly");
    }
    if (records.putIfAbsent(name, data(name, offset, size)) != null) {
      throw malformed("record " + name + " appears twice");
    }
  }

  /** Finds the extra field that holds what does not fit 32 bits. */
  private ByteCursor wide(ByteCursor extra) {
    while (extra.remaining() >= 4) {
      int id = extra.u16();
      MemorySegment field = extra.slice(extra.u16());
      if (id == 1) {
        return new ByteCursor(file.label(), field, 0);
      }
    }
    throw malformed("a 64-bit entry without its 64-bit sizes");
  }

  private MemorySegment data(String name, long offset, long size) {
    ByteCursor in = at(offset);
    if (in.remaining() < LOCAL_BYTES || in.i32() != LOCAL) {
      throw malformed("record " + name + " has no local header at " + offset);
    }
    in.slice(22);
    int skip = in.u16() + in.u16();
    if (skip > in.remaining() || size < 0 || size > in.remaining() - skip) {
      throw new CheckpointException("checkpoint_truncated", file.label() + ": record " + name + " of "
          + Long.toUnsignedString(size) + " bytes reaches past the file's end");
    }
    in.slice(skip);
    return in.slice(size);
  }

  /** Text of a small record, to compare with a known word. */
  static String text(MemorySegment record) {
    long length = Math.min(record.byteSize(), 64);
    return new String(record.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE),
        java.nio.charset.StandardCharsets.ISO_8859_1).strip();
  }

  private CheckpointException malformed(String what) {
    return new CheckpointException("checkpoint_malformed", file.label() + ": zip with " + what);
  }
}
