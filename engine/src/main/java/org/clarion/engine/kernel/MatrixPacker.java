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
  /** Rows of a table that exist in float32 at a time. */
  private static final int TABLE_ROWS = 1024;

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
    MemorySegment vector = memory.allocate(parts.stream().mapToLong(Rows::count).sum() * Float.BYTES);
    FloatBuffer floats = floats(vector);
    for (Rows part : parts) {
      part.read(checkpoint, floats.slice(floats.position(), part.count()));
      floats.position(floats.position() + part.count());
    }
    return vector;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException
   *           when there are more or fewer than planned
   */
  @Override
  public MemorySegment numbers(String name, Numbers plan) {
    float[] values = plan.of().apply(checkpoint);
    if (values.length != plan.count()) {
      throw new IllegalStateException(name + " has " + values.length + " numbers, planned are " + plan.count());
    }
    MemorySegment numbers = memory.allocate((long) plan.count() * Float.BYTES);
    floats(numbers).put(values);
    return numbers;
  }

  @Override
  public MemorySegment table(String name, Table plan) {
    int width = plan.width();
    MemorySegment table = memory.allocate((long) plan.rows() * width * Short.BYTES);
    int block = Math.min(plan.rows(), TABLE_ROWS);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment staging = arena.allocate((long) block * width * Float.BYTES, Long.BYTES * 8L);
      for (int row = 0; row < plan.rows(); row += block) {
        int count = Math.min(block, plan.rows() - row);
        checkpoint.readRows(plan.tensor(), row, count, floats(staging).limit(count * width));
        library.toBfloat16(staging, table.asSlice((long) row * width * Short.BYTES), (long) count * width);
      }
    }
    return table;
  }

  private static FloatBuffer floats(MemorySegment memory) {
    return memory.asByteBuffer().order(ByteOrder.nativeOrder()).asFloatBuffer();
  }
}
