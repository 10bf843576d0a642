package org.clarion.models.checkpoint;

import java.nio.FloatBuffer;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Collectors;

/** Tensors of other checkpoints under new names, some with their rows chosen or put in another order. */
final class ViewCheckpoint implements Checkpoint {

  /** Where a tensor of the view comes from; {@code info} is what the view shows. */
  sealed interface Source {
    TensorInfo info();

    Checkpoint from();

    /** Its name there. */
    String name();

    void readRows(long firstRow, long rows, FloatBuffer destination);

    /** The tensor as it is, renamed. */
    record Whole(Checkpoint from, String name, TensorInfo info) implements Source {
      static Whole of(Checkpoint from, String name, String shownAs) {
        return new Whole(from, name, from.require(name).named(shownAs));
      }

      @Override
      public void readRows(long firstRow, long rows, FloatBuffer destination) {
        from.readRows(name, firstRow, rows, destination);
      }
    }

    /** Some neighbouring rows of a tensor. */
    record Slice(Checkpoint from, String name, TensorInfo info, long start) implements Source {
      @Override
      public void readRows(long firstRow, long rows, FloatBuffer destination) {
        from.readRows(name, start + firstRow, rows, destination);
      }
    }

    /**
     * Rows in equal runs at equal distances: the queries, keys or values of a matrix that has them by KV group.
     *
     * @param first
     *          stored row of the first run
     * @param run
     *          rows that are neighbours
     * @param stride
     *          from the start of one run to the start of the next
     */
    record Strided(Checkpoint from, String name, TensorInfo info, long first, long run, long stride) implements Source {
      @Override
      public void readRows(long firstRow, long rows, FloatBuffer destination) {
        int width = Math.toIntExact(info.rowElements());
        FloatBuffer part = destination.duplicate();
        for (long row = firstRow; row < firstRow + rows;) {
          long within = row % run;
          long count = Math.min(run - within, firstRow + rows - row);
          part.limit(part.position() + Math.toIntExact(count * width));
          from.readRows(name, first + row / run * stride + within, count, part);
          row += count;
        }
        destination.position(part.position());
      }
    }

    /**
     * Rotary rows of a GGUF LLaMA file, where the two halves of a pair are neighbours (2i, 2i + 1), put back to the
     * half-split order (i, i + headDim / 2) within each head.
     */
    record HalfSplit(Checkpoint from, String name, TensorInfo info, int headDim) implements Source {
      @Override
      public void readRows(long firstRow, long rows, FloatBuffer destination) {
        int width = Math.toIntExact(info.rowElements());
        FloatBuffer row = destination.duplicate();
        for (long i = firstRow; i < firstRow + rows; i++) {
          row.limit(row.position() + width);
          from.readRows(name, stored(i), 1, row);
        }
        destination.position(row.position());
      }

      private long stored(long row) {
        long within = row % headDim;
        long half = headDim / 2;
        return row - within + 2 * (within % half) + within / half;
      }
    }
  }

  private final SequencedMap<String, Source> sources = new LinkedHashMap<>();
  private final SequencedMap<String, TensorInfo> tensors = new LinkedHashMap<>();
  private final List<Checkpoint> owned;

  /**
   * Shows these tensors in this order.
   *
   * @param owned
   *          closed with the view
   */
  ViewCheckpoint(List<? extends Source> shown, List<? extends Checkpoint> owned) {
    this.owned = List.copyOf(owned);
    for (Source source : shown) {
      sources.put(source.info().name(), source);
      tensors.put(source.info().name(), source.info());
    }
  }

  @Override
  public SequencedMap<String, TensorInfo> tensors() {
    return Collections.unmodifiableSequencedMap(tensors);
  }

  @Override
  public void readFloats(String name, FloatBuffer destination) {
    TensorInfo info = require(name);
    Rows.checkRoom(info, info.elements(), destination.remaining());
    switch (find(name)) {
      case Source.Whole whole -> whole.from().readFloats(whole.name(), destination);
      case Source.Slice slice -> slice.readRows(0, info.shape().getFirst(), destination);
      case Source.Strided strided -> strided.readRows(0, info.shape().getFirst(), destination);
      case Source.HalfSplit split -> split.readRows(0, info.shape().getFirst(), destination);
    }
  }

  @Override
  public void readRows(String name, long firstRow, long rows, FloatBuffer destination) {
    Rows.check(require(name), firstRow, rows, destination.remaining());
    find(name).readRows(firstRow, rows, destination);
  }

  /** The tensors of another checkpoint, by its names, that this view shows whole or in part. */
  Set<String> namesFrom(Checkpoint original) {
    return sources.values().stream().filter(source -> source.from().equals(original)).map(Source::name)
        .collect(Collectors.toSet());
  }

  private Source find(String name) {
    Source source = sources.get(name);
    if (source == null) {
      throw new CheckpointException("tensor_missing", "no tensor " + name + " in the checkpoint");
    }
    return source;
  }

  @Override
  public void forget() {
    owned.forEach(Checkpoint::forget);
  }

  @Override
  public void close() {
    owned.forEach(Checkpoint::close);
  }
}
