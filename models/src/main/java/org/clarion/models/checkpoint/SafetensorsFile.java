package org.clarion.models.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;

/**
 * Safetensors: a little-endian 64-bit length, so many bytes of JSON, then the tensors' bytes. The format promises that
 * these lie without gaps or overlaps and fill the file; a file that breaks the promise is refused.
 *
 * <p>
 * Thread-safe until closed.
 */
public final class SafetensorsFile extends MappedCheckpoint {
  static final String METADATA = "__metadata__";
  private static final int MAX_AXES = 16;

  private record Entry(TensorInfo info, long begin, long end) {}

  private final MappedFile file;
  private final Map<String, String> metadata;
  private final SequencedMap<String, MemorySegment> bytes;

  private SafetensorsFile(MappedFile file, Map<String, String> metadata, SequencedMap<String, MemorySegment> bytes,
      SequencedMap<String, StoredTensor> stored) {
    super(file, stored);
    this.file = file;
    this.metadata = metadata;
    this.bytes = bytes;
  }

  /**
   * Maps the file and reads its header.
   *
   * @throws CheckpointException
   *           {@code checkpoint_truncated}, {@code checkpoint_malformed}, {@code checkpoint_unsupported},
   *           {@code checkpoint_unreadable}
   */
  public static SafetensorsFile open(Path path) {
    MappedFile file = MappedFile.open(path);
    try {
      return read(file);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static SafetensorsFile read(MappedFile file) {
    ByteCursor in = file.cursor(0, file.size());
    long length = in.i64();
    if (length < 2 || length > JsonFiles.MAX_BYTES) {
      throw new CheckpointException("checkpoint_malformed", file.label() + ": header of "
          + Long.toUnsignedString(length) + " bytes, expected 2 to " + JsonFiles.MAX_BYTES);
    }
    JsonNode header = JsonFiles.parse(file.label() + " header", in.array(length));
    return new Header(file, 8 + length).read(header);
  }

  /** What the header says beside the tensors: texts by key, in file order; empty when it says nothing. */
  public Map<String, String> metadata() {
    return metadata;
  }

  /**
   * A tensor as it lies in the file, read-only and mapped; not to be touched after this is closed.
   *
   * @throws CheckpointException
   *           {@code tensor_missing} when there is none of that name
   */
  public MemorySegment bytes(String name) {
    require(name);
    return Objects.requireNonNull(bytes.get(name));
  }

  /** Brings the whole file into memory, so that nobody waits for the disk afterwards. */
  public void load() {
    file.bytes().load();
  }

  /** The header of a file whose data begin at {@code dataStart}. */
  private record Header(MappedFile file, long dataStart) {
    SafetensorsFile read(JsonNode header) {
      List<Entry> entries = new ArrayList<>();
      for (Map.Entry<String, JsonNode> field : header.properties()) {
        if (!field.getKey().equals(METADATA)) {
          entries.add(entry(field.getKey(), field.getValue()));
        }
      }
      refuseGaps(entries);
      SequencedMap<String, MemorySegment> bytes = LinkedHashMap.newLinkedHashMap(entries.size());
      SequencedMap<String, StoredTensor> stored = LinkedHashMap.newLinkedHashMap(entries.size());
      for (Entry entry : entries) {
        MemorySegment place = file.bytes().asSlice(dataStart + entry.begin(), entry.end() - entry.begin());
        bytes.put(entry.info().name(), place);
        stored.put(entry.info().name(), StoredTensor.contiguous(entry.info(), place));
      }
      Map<String, String> metadata = new LinkedHashMap<>();
      header.path(METADATA).properties().forEach(text -> metadata.put(text.getKey(), text.getValue().asText()));
      return new SafetensorsFile(file, Collections.unmodifiableMap(metadata), bytes, stored);
    }

    private Entry entry(String name, JsonNode json) {
      JsonNode shape = json.path("shape");
      JsonNode offsets = json.path("data_offsets");
      if (!json.path("dtype").isTextual() || !shape.isArray() || shape.size() > MAX_AXES || !offsets.isArray()
          || offsets.size() != 2) {
        throw malformed(name, "has no proper dtype, shape (at most " + MAX_AXES + " axes) and data_offsets");
      }
      List<Long> sizes = new ArrayList<>();
      shape.forEach(size -> sizes.add(whole(name, size)));
      long begin = whole(name, offsets.get(0));
      long end = whole(name, offsets.get(1));
      long room = file.size() - dataStart;
      if (begin > end) {
        throw malformed(name, "ends at " + end + ", before its start at " + begin);
      }
      if (end > room) {
        throw new CheckpointException("checkpoint_truncated",
            file.label() + ": tensor " + name + " ends at byte " + end + " of the data, which has " + room);
      }
      TensorInfo info = new TensorInfo(name, type(name, json.path("dtype").asText()), sizes);
      long bytes = Shapes.bytes(file.label(), info);
      if (bytes != end - begin) {
        throw malformed(name, "of shape " + sizes + " needs " + bytes + " bytes, its offsets span " + (end - begin));
      }
      return new Entry(info, begin, end);
    }

    private long whole(String name, JsonNode number) {
      if (!number.isIntegralNumber() || !number.canConvertToLong() || number.asLong() < 0) {
        throw malformed(name, "has a size or offset that is not a whole number from 0 to " + Long.MAX_VALUE);
      }
      return number.asLong();
    }

    private ElementType type(String name, String dtype) {
      return switch (dtype) {
        case "F64" -> ElementType.FLOAT64;
        case "F32" -> ElementType.FLOAT32;
        case "F16" -> ElementType.FLOAT16;
        case "BF16" -> ElementType.BFLOAT16;
        case "I64" -> ElementType.INT64;
        case "I32" -> ElementType.INT32;
        case "I16" -> ElementType.INT16;
        case "I8" -> ElementType.INT8;
        case "U8" -> ElementType.UINT8;
        case "BOOL" -> ElementType.BOOL;
        default -> throw new CheckpointException("checkpoint_unsupported", file.label() + ": tensor " + name
            + " has dtype " + dtype + "; readable: F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL");
      };
    }

    private void refuseGaps(List<Entry> entries) {
      List<Entry> sorted = entries.stream().sorted(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end))
          .toList();
      long expected = 0;
      for (Entry entry : sorted) {
        if (entry.begin() != expected) {
          throw malformed(entry.info().name(), "starts at byte " + entry.begin() + " of the data, "
              + (entry.begin() < expected ? "inside another tensor" : "after a gap") + "; expected " + expected);
        }
        expected = entry.end();
      }
      if (expected != file.size() - dataStart) {
        throw new CheckpointException("checkpoint_malformed", file.label() + " has "
            + (file.size() - dataStart - expected) + " bytes after its last tensor");
      }
    }

    private CheckpointException malformed(String name, String what) {
      return new CheckpointException("checkpoint_malformed", file.label() + ": tensor " + name + " " + what);
    }
  }
}
