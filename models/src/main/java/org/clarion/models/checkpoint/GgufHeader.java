package org.clarion.models.checkpoint;

import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/**
 * The header of a GGUF file: a parser that reads top-down (magic, version, counts, metadata, tensor table), as the GGUF
 * specification of the ggml project lays it out. Counts and lengths come from the file, so none is trusted: reading
 * stops at the limits below, and nothing is allocated in proportion to a declared length before that many bytes are
 * known to exist.
 *
 * @param metadataEnd
 *          where the metadata end and the tensor table starts, bytes
 */
record GgufHeader(Map<String, Object> metadata, long metadataEnd, SequencedMap<String, StoredTensor> tensors) {
  /** Where the number of tensors stands, bytes. */
  static final int TENSOR_COUNT = 8;
  private static final int MAGIC = 0x46554747;
  private static final long MAX_HEADER_BYTES = 256L << 20;
  private static final int MAX_METADATA = 65_536;
  private static final int MAX_TENSORS = 1_000_000;
  private static final int MAX_ARRAY_ELEMENTS = 4_000_000;
  private static final int MAX_NAME_BYTES = 65_535;
  private static final int MAX_AXES = 8;
  private static final int MAX_ARRAY_DEPTH = 4;
  private static final int DEFAULT_ALIGNMENT = 32;

  /** One line of the tensor table; {@code offset} counts from the start of the data section. */
  private record Entry(TensorInfo info, long offset, long bytes) {}

  static GgufHeader parse(MappedFile file) {
    return new Parser(file).parse();
  }

  private static final class Parser {
    private final MappedFile file;
    private final ByteCursor in;
    private int arrayElements;

    Parser(MappedFile file) {
      this.file = file;
      this.in = file.cursor(0, Math.min(file.size(), MAX_HEADER_BYTES));
    }

    GgufHeader parse() {
      if (in.i32() != MAGIC) {
        throw in.malformed("not a GGUF file");
      }
      int version = in.i32();
      if (version != 2 && version != 3) {
        String which = Integer.reverseBytes(version) <= 3 && Integer.reverseBytes(version) > 0
            ? "big-endian"
            : "version " + Integer.toUnsignedString(version);
        throw new CheckpointException("checkpoint_unsupported",
            file.label() + " is " + which + " GGUF; readable: little-endian versions 2 and 3");
      }
      int tensorCount = count("tensors", in.i64(), MAX_TENSORS);
      int metadataCount = count("metadata entries", in.i64(), MAX_METADATA);
      Map<String, Object> metadata = metadata(metadataCount);
      long metadataEnd = in.position();
      List<Entry> entries = new ArrayList<>();
      for (int i = 0; i < tensorCount; i++) {
        entries.add(entry());
      }
      return new GgufHeader(metadata, metadataEnd, place(entries, alignment(metadata)));
    }

    private int count(String what, long value, int limit) {
      if (value < 0 || value > limit) {
        throw in.malformed(Long.toUnsignedString(value) + " " + what + ", limit " + limit);
      }
      return (int) value;
    }

    private String string(int limit) {
      return in.utf8(count("bytes of text", in.i64(), limit));
    }

    private Map<String, Object> metadata(int count) {
      Map<String, Object> metadata = new LinkedHashMap<>();
      for (int i = 0; i < count; i++) {
        String key = string(MAX_NAME_BYTES);
        if (metadata.putIfAbsent(key, value(in.i32(), 0)) != null) {
          throw in.malformed("metadata key " + key + " appears twice");
        }
      }
      return Collections.unmodifiableMap(metadata);
    }

    private Object value(int type, int depth) {
      return switch (type) {
        case 0 -> (long) in.u8();
        case 1 -> (long) (byte) in.u8();
        case 2 -> (long) in.u16();
        case 3 -> (long) (short) in.u16();
        case 4 -> in.u32();
        case 5 -> (long) in.i32();
        case 6 -> in.f32();
        case 7 -> in.u8() != 0;
        case 8 -> string((int) Math.min(Integer.MAX_VALUE, MAX_HEADER_BYTES));
        case 9 -> array(depth + 1);
        case 10 -> unsigned(in.i64());
        case 11 -> in.i64();
        case 12 -> in.f64();
        default -> throw in.malformed("metadata type " + Integer.toUnsignedString(type) + ", known are 0 to 12");
      };
    }

    private static Object unsigned(long value) {
      return value >= 0 ? (Object) value : new BigInteger(Long.toUnsignedString(value));
    }

    private List<Object> array(int depth) {
      if (depth > MAX_ARRAY_DEPTH) {
        throw in.malformed("arrays nested more than " + MAX_ARRAY_DEPTH + " deep");
      }
      int type = in.i32();
      int count = count("array elements", in.i64(), MAX_ARRAY_ELEMENTS - arrayElements);
      arrayElements += count;
      List<Object> values = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        values.add(value(type, depth));
      }
      return Collections.unmodifiableList(values);
    }

    private Entry entry() {
      String name = string(MAX_NAME_BYTES);
      long axes = in.u32();
      if (axes > MAX_AXES) {
        throw in.malformed("tensor " + name + " has " + axes + " axes, limit " + MAX_AXES);
      }
      List<Long> sizes = new ArrayList<>();
      for (int axis = 0; axis < axes; axis++) {
        sizes.add(in.i64());
      }
      ElementType type = type(name, in.i32());
      long offset = in.i64();
      TensorInfo info = new TensorInfo(name, type, sizes.reversed());
      long bytes = Shapes.bytes(file.label(), info);
      long fastest = sizes.isEmpty() ? 1 : sizes.getFirst();
      if (fastest % type.blockElements() != 0) {
        throw in.malformed("rows of tensor " + name + " have " + fastest + " elements, not a multiple of "
            + type.blockElements());
      }
      return new Entry(info, offset, bytes);
    }

    private ElementType type(String name, int id) {
      return switch (id) {
        case 0 -> ElementType.FLOAT32;
        case 1 -> ElementType.FLOAT16;
        case 2 -> ElementType.GGUF_Q4_0;
        case 3 -> ElementType.GGUF_Q4_1;
        case 6 -> ElementType.GGUF_Q5_0;
        case 7 -> ElementType.GGUF_Q5_1;
        case 8 -> ElementType.GGUF_Q8_0;
        case 12 -> ElementType.GGUF_Q4_K;
        case 13 -> ElementType.GGUF_Q5_K;
        case 14 -> ElementType.GGUF_Q6_K;
        case 24 -> ElementType.INT8;
        case 25 -> ElementType.INT16;
        case 26 -> ElementType.INT32;
        case 27 -> ElementType.INT64;
        case 28 -> ElementType.FLOAT64;
        case 30 -> ElementType.BFLOAT16;
        default -> throw new CheckpointException("quantisation_unsupported", file.label() + ": tensor " + name
            + " is stored as " + unsupportedName(id)
            + "; readable: F32, F16, BF16, F64, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K, I8, I16, I32, I64");
      };
    }

    private long alignment(Map<String, Object> metadata) {
      Object value = metadata.getOrDefault("general.alignment", (long) DEFAULT_ALIGNMENT);
      if (!(value instanceof Long alignment) || alignment < 1 || alignment > 1 << 20 || Long.bitCount(alignment) != 1) {
        throw in.malformed("general.alignment is not a power of two up to 1048576");
      }
      return alignment;
    }

    /** Finds every tensor's bytes: aligned, inside the file, no two overlapping. */
    private SequencedMap<String, StoredTensor> place(List<Entry> entries, long alignment) {
      long start = (in.position() + alignment - 1) / alignment * alignment;
      SequencedMap<String, StoredTensor> stored = new LinkedHashMap<>();
      for (Entry entry : entries) {
        String name = entry.info().name();
        if (entry.offset() < 0 || entry.offset() % alignment != 0) {
          throw in.malformed("tensor " + name + " at offset " + Long.toUnsignedString(entry.offset())
              + ", not a multiple of " + alignment);
        }
        if (entry.offset() > file.size() - start || entry.bytes() > file.size() - start - entry.offset()) {
          throw new CheckpointException("checkpoint_truncated", file.label() + ": tensor " + name + " takes "
              + entry.bytes() + " bytes at offset " + entry.offset() + ", past the file's end at " + file.size());
        }
        MemorySegment bytes = file.bytes().asSlice(start + entry.offset(), entry.bytes());
        if (stored.putIfAbsent(name, StoredTensor.contiguous(entry.info(), bytes)) != null) {
          throw in.malformed("tensor " + name + " appears twice");
        }
      }
      refuseOverlap(entries);
      return stored;
    }

    private void refuseOverlap(List<Entry> entries) {
      List<Entry> sorted = entries.stream().filter(e -> e.bytes() > 0)
          .sorted(Comparator.comparingLong(Entry::offset)).toList();
      for (int i = 1; i < sorted.size(); i++) {
        Entry before = sorted.get(i - 1);
        if (before.offset() + before.bytes() > sorted.get(i).offset()) {
          throw in.malformed("tensors " + before.info().name() + " and " + sorted.get(i).info().name() + " overlap");
        }
      }
    }

    private static String unsupportedName(int id) {
      return switch (id) {
        case 9 -> "Q8_1";
        case 10 -> "Q2_K";
        case 11 -> "Q3_K";
        case 15 -> "Q8_K";
        case 16 -> "IQ2_XXS";
        case 17 -> "IQ2_XS";
        case 18 -> "IQ3_XXS";
        case 19 -> "IQ1_S";
        case 20 -> "IQ4_NL";
        case 21 -> "IQ3_S";
        case 22 -> "IQ2_S";
        case 23 -> "IQ4_XS";
        case 29 -> "IQ1_M";
        case 34 -> "TQ1_0";
        case 35 -> "TQ2_0";
        case 39 -> "MXFP4";
        default -> "unknown type " + Integer.toUnsignedString(id);
      };
    }
  }
}
