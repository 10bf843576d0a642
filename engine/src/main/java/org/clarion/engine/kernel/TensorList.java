package org.clarion.engine.kernel;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.clarion.engine.kernel.MatrixPacker.Rows;
import org.clarion.models.checkpoint.ElementType;
import org.clarion.models.checkpoint.TensorInfo;

/**
 * What a graph asks for, written down and not given: its sizes are known before anything is packed, and each item can
 * be packed alone. What the methods return has no memory and is good for nothing.
 *
 * <p>
 * To be used by one thread.
 */
public final class TensorList implements KernelTensors {
  private final List<Item> items = new ArrayList<>();

  /**
   * Something that a graph asked for.
   *
   * @param tensors
   *          what it is in a file; more than one for a matrix
   * @param fill
   *          asks for it again, and gives the memory of each tensor
   */
  public record Item(List<TensorInfo> tensors, Function<KernelTensors, List<MemorySegment>> fill) {}

  /** What was asked for, in that order. */
  public List<Item> items() {
    return List.copyOf(items);
  }

  @Override
  public PackedMatrix matrix(String name, Matrix plan) {
    List<TensorInfo> parts = new ArrayList<>();
    PackedMatrix matrix = new PackedMatrix(plan.shape(), (part, type, count) -> {
      parts.add(part(name, part, type, count));
      return MemorySegment.NULL;
    });
    items.add(new Item(List.copyOf(parts), from -> from.matrix(name, plan).parts()));
    return matrix;
  }

  @Override
  public MemorySegment vector(String name, List<Rows> parts) {
    items.add(new Item(List.of(vectorInfo(name, parts)), from -> List.of(from.vector(name, parts))));
    return MemorySegment.NULL;
  }

  @Override
  public MemorySegment numbers(String name, Numbers plan) {
    items.add(new Item(List.of(numbersInfo(name, plan)), from -> List.of(from.numbers(name, plan))));
    return MemorySegment.NULL;
  }

  @Override
  public MemorySegment table(String name, Table plan) {
    items.add(new Item(List.of(tableInfo(name, plan)), from -> List.of(from.table(name, plan))));
    return MemorySegment.NULL;
  }

  static TensorInfo part(String matrix, String part, ElementType type, long count) {
    return new TensorInfo(matrix + "." + part, type, List.of(count));
  }

  static TensorInfo vectorInfo(String name, List<Rows> parts) {
    return floats(name, parts.stream().mapToLong(Rows::count).sum());
  }

  static TensorInfo numbersInfo(String name, Numbers plan) {
    return floats(name, plan.count());
  }

  private static TensorInfo floats(String name, long count) {
    return new TensorInfo(name, ElementType.FLOAT32, List.of(count));
  }

  static TensorInfo tableInfo(String name, Table plan) {
    return new TensorInfo(name, ElementType.BFLOAT16, List.of((long) plan.rows(), (long) plan.width()));
  }
}
