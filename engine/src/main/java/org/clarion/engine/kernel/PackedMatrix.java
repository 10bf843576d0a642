package org.clarion.engine.kernel;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.clarion.models.checkpoint.ElementType;

/**
 * The weights of a linear layer as the kernels read them: [outputs, inputs] in panels of 64 output channels, each from
 * its first input to its last.
 *
 * <p>
 * The packing threads write panels apart; afterwards it does not change.
 */
public final class PackedMatrix {
  /**
   * Names how packed matrices lie in memory. It is the same on every processor that the kernels run on; a change of
   * {@code weights.c} that changes what it writes needs another name, because converted models hold what it wrote.
   */
  public static final String LAYOUT = "panels-64-v1";
  /** Output channels of a panel; the last one may have fewer. */
  public static final int PANEL = 64;

  private static final int VECTOR = 16;
  /** Inputs that share a factor in {@link ElementKind#INT4}. */
  private static final int GROUP = 32;

  private final ElementKind kind;
  private final int outputs;
  private final int inputs;
  private final int block;
  private final MemorySegment data;
  private final MemorySegment factors;
  private final MemorySegment offsets;
  private final MemorySegment groups;

  /** Where the parts of a matrix lie. */
  @FunctionalInterface
  interface Parts {
    /** The memory of a part, {@link MemorySegment#NULL} where there is none yet. */
    MemorySegment part(String name, ElementType type, long count);
  }

  /**
   * Room for weights, all zero.
   *
   * @param block
   *          inputs are spread in blocks of so many, see {@link Activations}
   * @throws KernelException
   *           when the kernels cannot multiply matrices of that size
   */
  public PackedMatrix(KernelMemory memory, ElementKind kind, int outputs, int inputs, int block) {
    this(new Shape(kind, outputs, inputs, block), (_, type, count) -> memory.allocate(type.bytes(count)));
  }

  /** What decides which parts there are, and their sizes. */
  record Shape(ElementKind kind, int outputs, int inputs, int block) {}

  /** A matrix whose parts lie where they are said to; every part is a multiple of a cache line long. */
  PackedMatrix(Shape shape, Parts parts) {
    this.kind = shape.kind();
    this.outputs = shape.outputs();
    this.inputs = shape.inputs();
    this.block = shape.block();
    if (inputs % kind.inputUnit() != 0 || kind == ElementKind.FLOAT32) {
      throw new KernelException("no kernel multiplies " + kind + " weights with " + inputs + " inputs");
    }
    long columns = columns(outputs);
    ElementType element = kind == ElementKind.BFLOAT16 ? ElementType.BFLOAT16 : ElementType.INT8;
    this.data = parts.part("data", element, columns * inputs * kind.bits() / Byte.SIZE / element.blockBytes());
    boolean whole = kind != ElementKind.BFLOAT16;
    this.factors = whole ? parts.part("factors", ElementType.FLOAT32, columns) : MemorySegment.NULL;
    this.offsets = whole
        ? parts.part("offsets", kind == ElementKind.INT8 ? ElementType.INT32 : ElementType.FLOAT32, columns)
        : MemorySegment.NULL;
    this.groups = kind == ElementKind.INT4
        ? parts.part("groups", ElementType.FLOAT32, columns * (inputs / GROUP))
        : MemorySegment.NULL;
  }

  private PackedMatrix(PackedMatrix whole, int outputs) {
    this.kind = whole.kind;
    this.outputs = outputs;
    this.inputs = whole.inputs;
    this.block = whole.block;
    this.data = whole.data;
    this.factors = whole.factors;
    this.offsets = whole.offsets;
    this.groups = whole.groups;
  }

  /** The first output channels, whole panels of them, in the same memory; all where there are fewer. */
  PackedMatrix first(int count) {
    return count >= outputs ? this : new PackedMatrix(this, count / PANEL * PANEL);
  }

  private static long columns(int outputs) {
    return (outputs + VECTOR - 1L) / VECTOR * VECTOR;
  }

  /** How numbers are kept. */
  public ElementKind kind() {
    return kind;
  }

  /** Output channels. */
  public int outputs() {
    return outputs;
  }

  /** Inputs of each. */
  public int inputs() {
    return inputs;
  }

  /** The widest block that divides a number of inputs; 0 where none does. */
  public static int block(int inputs) {
    return IntStream.of(64, 32, 16).filter(block -> inputs % block == 0).findFirst().orElse(0);
  }

  /** Width of the blocks that inputs are spread in, or 0. */
  public int block() {
    return block;
  }

  /** Number of panels. */
  public int panels() {
    return (outputs + PANEL - 1) / PANEL;
  }

  /** Output channels of a panel. */
  public int rows(int panel) {
    return Math.min(PANEL, outputs - panel * PANEL);
  }

  /** Bytes that are read when it is multiplied. */
  public long bytes() {
    return data.byteSize() + factors.byteSize() + offsets.byteSize() + groups.byteSize();
  }

  /** The same with channels filled up to whole vectors. */
  int width(int panel) {
    return Math.toIntExact(columns(rows(panel)));
  }

  MemorySegment panel(int panel) {
    return data.asSlice((long) panel * PANEL * inputs * kind.bits() / Byte.SIZE);
  }

  MemorySegment factorsOf(int panel) {
    return slice(factors, panel);
  }

  MemorySegment offsetsOf(int panel) {
    return slice(offsets, panel);
  }

  MemorySegment groupsOf(int panel) {
    return groups.byteSize() == 0 ? groups : groups.asSlice((long) panel * PANEL * (inputs / GROUP) * Float.BYTES);
  }

  private static MemorySegment slice(MemorySegment of, int panel) {
    return of.byteSize() == 0 ? of : of.asSlice((long) panel * PANEL * Float.BYTES);
  }

  /** All memory that it takes, in the order in which its parts are asked for. */
  List<MemorySegment> parts() {
    return Stream.of(data, factors, offsets, groups).filter(part -> !part.equals(MemorySegment.NULL)).toList();
  }

  MemorySegment data() {
    return data;
  }

  MemorySegment factors() {
    return factors;
  }

  MemorySegment offsets() {
    return offsets;
  }

  MemorySegment groups() {
    return groups;
  }
}
