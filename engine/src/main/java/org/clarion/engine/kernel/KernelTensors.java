package org.clarion.engine.kernel;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Function;
import org.clarion.engine.kernel.MatrixPacker.Columns;
import org.clarion.engine.kernel.MatrixPacker.Rows;
import org.clarion.models.checkpoint.Checkpoint;

/**
 * Where a graph gets its weights from, as the kernels read them: packed from a checkpoint ({@link MatrixPacker}), or
 * out of a file that holds them packed ({@link FileTensors}). Names are the graph's, plans say what of a checkpoint
 * each is.
 */
public interface KernelTensors {
  /** A matrix. */
  PackedMatrix matrix(String name, Matrix plan);

  /** Vectors one after the other, float32. */
  MemorySegment vector(String name, List<Rows> parts);

  /** Numbers that are worked out from a checkpoint's, float32. */
  MemorySegment numbers(String name, Numbers plan);

  /** Rows that are looked up, bfloat16. */
  MemorySegment table(String name, Table plan);

  /**
   * A matrix of rows one after the other.
   *
   * @param columns
   *          part of each row's columns
   * @param block
   *          inputs are spread in blocks of so many where the kind is whole numbers, 0 for not at all
   */
  record Matrix(ElementKind kind, List<Rows> rows, Columns columns, int block) {
    public Matrix {
      rows = List.copyOf(rows);
    }

    PackedMatrix.Shape shape() {
      return new PackedMatrix.Shape(kind, rows.stream().mapToInt(Rows::count).sum(), columns.count(),
          kind == ElementKind.BFLOAT16 ? 0 : block);
    }
  }

  /** So many numbers, and how they come from a checkpoint. */
  record Numbers(int count, Function<Checkpoint, float[]> of) {}

  /** A whole tensor [rows, width]. */
  record Table(String tensor, int rows, int width) {}
}
