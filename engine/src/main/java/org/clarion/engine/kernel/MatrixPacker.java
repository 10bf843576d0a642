package org.clarion.engine.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.clarion.models.checkpoint.Checkpoint;

/**
 * Brings a checkpoint's matrices into the kernels' layout, panel by panel on all cores: no more than a few panels exist
 * in float32 at a time.
 */
public final class MatrixPacker implements KernelTensors {
  private final KernelLibrary library;
  private final KernelMemory memory;
  private final Checkpoint checkpoint;

  /** For one checkpoint, into memory that is given back as a whole. */
  public MatrixPacker(KernelLibrary library, KernelMemory memory, Checkpoint checkpoint) {
    this.library = library;
    this.memory = memory;
    this.checkpoint = checkpoint;
  }

  /** Consecutive rows of a tensor: output channels. */
  public record Rows(String tensor, int first, int count) {
    private static final String NONE = "";

    /** Channels that fill up a group: their weights are zero. */
    public static Rows zeros(int count) {
      return new Rows(NONE, 0, count);
    }

    void read(Checkpoint checkpoint, FloatBuffer room) {
      if (tensor.equals(NONE)) {
        while (room.hasRemaining()) {
          room.put(0);
        }
      } else {
        checkpoint.readRows(tensor, first, count, room);
      }
    }
  }

  /** Consecutive columns of all rows: the inputs that this rank has. */
  public record Columns(int first, int count) {}

  /**
   * A matrix of the given rows, one after the other.
   *
   * @param columns
   *          part of each row's columns
   * @param block
   *          inputs are spread in blocks of so many where the kind is whole numbers, 0 for not at all
   */
  public PackedMatrix pack(ElementKind kind, List<Rows> rows, Columns columns, int block) {
    PackedMatrix matrix = new PackedMatrix(memory, kind, rows.stream().mapToInt(Rows::count).sum(), columns.count(),
        kind == ElementKind.BFLOAT16 ? 0 : block);
    int workers = Math.min(matrix.panels(), Runtime.getRuntime().availableProcessors());
    IntStream.range(0, workers).parallel().forEach(worker -> {
      int first = (int) ((long) matrix.panels() * worker / workers);
      int end = (int) ((long) matrix.panels() * (worker + 1) / workers);
      pack(matrix, rows, columns, first, end);
    });
    return matrix;
  }

  private void pack(PackedMatrix matrix, List<Rows> rows, Columns columns, int first, int end) {
    int width = Math.toIntExact(checkpoint.require(rows.getFirst().tensor()).rowElements());
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment staging = arena.allocate((long) PackedMatrix.PANEL * width * Float.BYTES, Long.BYTES * 8L);
      FloatBuffer floats = floats(staging);
      for (int panel = first; panel < end; panel++) {
        int count = matrix.rows(panel);
        floats.clear();
        for (Rows part : between(rows, panel * PackedMatrix.PANEL, count)) {
          part.read(checkpoint, floats.slice(floats.position(), part.count() * width));
          floats.position(floats.position() + part.count() * width);
        }
        library.pack(matrix, panel, staging, width, columns.first(), count);
      }
    }
  }

  /** The parts of the rows that have the numbers {@code start} to {@code start + count - 1} in their sequence. */
  private static List<Rows> between(List<Rows> rows, int start, int count) {
    List<Rows> parts = new ArrayList<>();
    int at = 0;
    for (Rows run : rows) {
      int from = Math.max(start, at);
      int to = Math.min(start + count, at + run.count());
      if (from < to) {
        parts.add(new Rows(run.tensor(), run.first() + from - at, to - from));
      }
      at += run.count();
    }
    return parts;
  }

  @Override
  public PackedMatrix matrix(String name, Matrix plan) {
    return pack(plan.kind(), plan.rows(), plan.columns(), plan.block());
  }

  @Override
  public MemorySegment vector(String name, List<Rows> parts) {
    return vector(parts);
  }

  @Override
  public MemorySegment table(String name, Table plan) {
    return table(plan.tensor());
  }

  /** A vector in float32. */
  public MemorySegment vector(String tensor) {
    int length = Math.toIntExact(checkpoint.require(tensor).elements());
    MemorySegment vector = memory.allocate((long) length * Float.BYTES);
    checkpoint.readFloats(tensor, floats(vector));
    return vector;
  }

  /** Vectors one after the other, in float32. */
  public MemorySegment vector(List<Rows> parts) {
    MemorySegment vector = memory.allocate(parts.stream().mapToLong(Rows::count).sum() * Float.BYTES);
    FloatBuffer floats = floats(vector);
    for (Rows part : parts) {
      part.read(checkpoint, floats.slice(floats.position(), part.count()));
      floats.position(floats.position() + part.count());
    }
    return vector;
  }

  /** All numbers of a tensor. */
  public float[] floats(String tensor) {
    FloatBuffer floats = FloatBuffer.allocate(Math.toIntExact(checkpoint.require(tensor).elements()));
    checkpoint.readFloats(tensor, floats);
    return floats.array();
  }

  /** A table of rows in bfloat16. */
  public MemorySegment table(String tensor) {
    long rows = checkpoint.require(tensor).shape().getFirst();
    long width = checkpoint.require(tensor).rowElements();
    MemorySegment table = memory.allocate(rows * width * Short.BYTES);
    int block = Math.toIntExact(Math.min(rows, 1024));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment staging = arena.allocate(block * width * Float.BYTES, Long.BYTES * 8L);
      for (long row = 0; row < rows; row += block) {
        int count = Math.toIntExact(Math.min(block, rows - row));
        checkpoint.readRows(tensor, row, count, floats(staging).limit(Math.toIntExact(count * width)));
        library.toBfloat16(staging, table.asSlice(row * width * Short.BYTES), count * width);
      }
    }
    return table;
  }

  private static FloatBuffer floats(MemorySegment memory) {
    return memory.asByteBuffer().order(ByteOrder.nativeOrder()).asFloatBuffer();
  }
}
