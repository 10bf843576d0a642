package org.clarion.models.checkpoint;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * Writes a safetensors file front to back, in which every tensor starts at a cache line: mapped, it can be computed
 * with where it lies. The format allows no gaps, so where a tensor does not end at a cache line, one that is called
 * {@code padding.N} fills up.
 *
 * <p>
 * To be used by one thread. A file that is not {@link #finish finished} is shorter than its header says, so no reader
 * takes it.
 */
public final class SafetensorsWriter implements AutoCloseable {
  /** Every tensor starts at a multiple of so many bytes of the file. */
  public static final int ALIGNMENT = 64;

  private static final String PADDING = "padding.";
  private static final int CHUNK = 64 << 20;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final FileChannel channel;
  private final MessageDigest digest = Sha256.digest();
  private final Iterator<TensorInfo> pending;
  private long written;

  private SafetensorsWriter(FileChannel channel, Layout layout) throws IOException {
    this.channel = channel;
    this.pending = layout.tensors().iterator();
    put(ByteBuffer.wrap(layout.header()));
  }

  /**
   * What a file will be.
   *
   * @param header
   *          length and text, filled up with spaces to a cache line
   * @param tensors
   *          with those that fill up
   * @param bytes
   *          size of the file
   */
  public record Layout(byte[] header, List<TensorInfo> tensors, long bytes) {
    /** A file of these tensors in this order, with texts beside them. */
    public static Layout of(Map<String, String> metadata, List<TensorInfo> tensors) {
      List<TensorInfo> filled = new ArrayList<>();
      ObjectNode json = JSON.createObjectNode();
      ObjectNode texts = json.putObject(SafetensorsFile.METADATA);
      metadata.forEach(texts::put);
      long at = 0;
      for (TensorInfo tensor : tensors) {
        at = add(json, filled, tensor, at);
        long rest = (ALIGNMENT - at % ALIGNMENT) % ALIGNMENT;
        if (rest > 0) {
          at = add(json, filled, new TensorInfo(PADDING + filled.size(), ElementType.UINT8, List.of(rest)), at);
        }
      }
      byte[] text = json.toString().getBytes(StandardCharsets.UTF_8);
      int length = Long.BYTES + text.length;
      int rounded = (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
      byte[] header = new byte[rounded];
      Arrays.fill(header, (byte) ' ');
      ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).putLong(rounded - Long.BYTES).put(text);
      return new Layout(header, List.copyOf(filled), rounded + at);
    }

    private static long add(ObjectNode json, List<TensorInfo> filled, TensorInfo tensor, long at) {
      long end = at + tensor.type().bytes(tensor.elements());
      ObjectNode entry = json.putObject(tensor.name());
      entry.put("dtype", word(tensor.type()));
      ArrayNode shape = entry.putArray("shape");
      tensor.shape().forEach(shape::add);
      entry.putArray("data_offsets").add(at).add(end);
      filled.add(tensor);
      return end;
    }

    private static String word(ElementType type) {
      return switch (type) {
        case FLOAT64 -> "F64";
        case FLOAT32 -> "F32";
        case FLOAT16 -> "F16";
        case BFLOAT16 -> "BF16";
        case INT64 -> "I64";
        case INT32 -> "I32";
        case INT16 -> "I16";
        case INT8 -> "I8";
        case UINT8 -> "U8";
        case BOOL -> "BOOL";
        case GGUF_Q8_0, GGUF_Q4_0, GGUF_Q4_1, GGUF_Q5_0, GGUF_Q5_1, GGUF_Q4_K, GGUF_Q5_K, GGUF_Q6_K ->
          throw new IllegalArgumentException("safetensors have no " + type);
      };
    }
  }

  /**
   * Starts a new file with its header.
   *
   * @throws IOException
   *           when the file exists or cannot be written
   */
  public static SafetensorsWriter create(Path path, Layout layout) throws IOException {
    FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try {
      return new SafetensorsWriter(channel, layout);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * Writes the next tensor.
   *
   * @param name
   *          which it is, for the order to be checked
   * @param bytes
   *          its elements, row-major
   * @throws IllegalStateException
   *           when another tensor is next, or it has another size
   */
  public void write(String name, MemorySegment bytes) throws IOException {
    TensorInfo next = pending.hasNext() ? pending.next() : null;
    if (next == null || !next.name().equals(name)) {
      throw new IllegalStateException("tensor " + name + " is out of order: next is "
          + (next == null ? "the end" : next.name()));
    }
    if (bytes.byteSize() != next.type().bytes(next.elements())) {
      throw new IllegalStateException("tensor " + name + " has " + bytes.byteSize() + " bytes, its shape "
          + next.shape() + " needs " + next.type().bytes(next.elements()));
    }
    for (long at = 0; at < bytes.byteSize(); at += CHUNK) {
      put(bytes.asSlice(at, Math.min(CHUNK, bytes.byteSize() - at)).asByteBuffer());
    }
    int rest = Math.toIntExact((ALIGNMENT - written % ALIGNMENT) % ALIGNMENT);
    if (rest > 0) {
      put(ByteBuffer.allocate(rest));
      pending.next();
    }
  }

  private void put(ByteBuffer bytes) throws IOException {
    written += bytes.remaining();
    digest.update(bytes.duplicate());
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** Bytes of the file so far. */
  public long written() {
    return written;
  }

  /**
   * Brings everything to the disk.
   *
   * @return SHA-256 of the file, hexadecimal
   * @throws IllegalStateException
   *           when a tensor is missing
   */
  public String finish() throws IOException {
    if (pending.hasNext()) {
      throw new IllegalStateException("tensor " + pending.next().name() + " has not been written");
    }
    channel.force(true);
    return HexFormat.of().formatHex(digest.digest());
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
