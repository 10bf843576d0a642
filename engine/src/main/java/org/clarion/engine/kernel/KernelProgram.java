package org.clarion.engine.kernel;

import static org.clarion.engine.kernel.Operation.CAUSAL;
import static org.clarion.engine.kernel.Operation.LAYER_NORM;
import static org.clarion.engine.kernel.Operation.PEAK_GIVEN;
import static org.clarion.engine.kernel.Operation.ROTATE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.clarion.engine.kernel.Operation.Kind;

/**
 * A table of operations, written once and run for every pass. Operations run in the order in which they were added.
 *
 * <p>
 * Written by one thread; a part can be run by a {@link KernelTeam} from then on.
 */
public final class KernelProgram {
  /** Of bfloat16 that the matrix unit takes from rows which it finds again in the cache. */
  private static final int MOST_INPUTS = 2048;
  /** What it takes at a time. */
  private static final int MATRIX_INPUTS = 32;

  private final MemorySegment memory;
  private final Tiling tiling;
  private final int capacity;
  private int count;
  private int marked;

  /**
   * Some consecutive operations.
   *
   * @param first
   *          index of the first
   */
  public record Part(MemorySegment operations, int first, int count) {}

  /** What a linear layer does with its results. The order is the library's. */
  public enum Output {
    /** Writes them. */
    STORE,
    /** Adds them to what is there. */
    ADD,
    /**
     * Of every 32 channels, the first 16 are gates, the others what they let through: writes silu(gate) x value, half
     * as many channels.
     */
    SWIGLU,
    /** Writes their GELU, the exact form. */
    GELU,
    /** Writes them as bfloat16: {@link Activations} of the next layer, as they are. */
    GELU_BFLOAT16,
    /** Writes the exact sums of int8 products, without any factor: int32. */
    EXACT_SUMS;

    @SuppressWarnings("EnumOrdinal") // the order is the library's
    int code() {
      return ordinal();
    }
  }

  /**
   * Where results of a linear layer go.
   *
   * @param memory
   *          float32 (or what {@link Output} says), rows at distance {@code stride}
   * @param bias
   *          float32, one for each channel, or {@link MemorySegment#NULL}
   */
  public record Target(Output output, MemorySegment memory, int stride, MemorySegment bias) {
    /** Without a bias, rows side by side. */
    public static Target of(Output output, MemorySegment memory, int width) {
      return new Target(output, memory, width, MemorySegment.NULL);
    }
  }

  /**
   * A norm over rows of float32.
   *
   * @param bias
   *          makes it a layer norm; {@link MemorySegment#NULL} for a root-mean-square norm
   */
  public record Norm(MemorySegment gain, MemorySegment bias, double eps) {}

  /**
   * Where the parts of attention lie.
   *
   * @param heads
   *          query heads
   * @param rotations
   *          cosines then sines of half a head for each position, float32; {@link MemorySegment#NULL} for none
   * @param queries
   *          float32 [rows, heads, padded head width]
   * @param causal
   *          whether a row sees positions up to its own only, not all of its task's
   */
  public record Attention(int heads, MemorySegment rotations, MemorySegment queries, double scale, boolean causal,
      KvPlanes kv) {}

  /**
   * Rows of float32 that hold heads side by side.
   *
   * @param memory
   *          the first head of the first row
   * @param stride
   *          numbers from row to row
   * @param count
   *          rows of an image
   */
  public record HeadRows(MemorySegment memory, int stride, int count) {}

  /**
   * Attention in which every query sees all keys of its image.
   *
   * @param kind
   *          of the products: {@link ElementKind#FLOAT32}, or {@link ElementKind#BFLOAT16} where the library has it
   */
  public record FullAttention(int heads, int headDim, ElementKind kind, HeadRows queries, HeadRows keys,
      HeadRows values) {}

  /** An empty program of at most that many operations. */
  public KernelProgram(Arena arena, int capacity, Tiling tiling) {
    this.memory = arena.allocate(Operation.LAYOUT, capacity);
    this.capacity = capacity;
    this.tiling = tiling;
  }

  /** What has been added since the last call. */
  public Part cut() {
    Part part = new Part(memory, marked, count - marked);
    marked = count;
    return part;
  }

  private Operation next(Kind kind, int flags) {
    if (count == capacity) {
      throw new IllegalStateException("the program has room for " + capacity + " operations");
    }
    return new Operation(memory.asSlice(Operation.LAYOUT.byteSize() * count++, Operation.LAYOUT)).kind(kind, flags);
  }

  /** x[row] = table[token of the row]; table bfloat16 [tokens, width], x float32 [rows, width]. */
  public void embed(MemorySegment table, MemorySegment x, int width) {
    next(Kind.EMBED, 0).number("n", width).pointer("a", table).pointer("b", x);
  }

  /** out = norm of x, float32 [rows, out.width]. */
  public void norm(Norm norm, MemorySegment x, Activations out) {
    boolean layer = !norm.bias().equals(MemorySegment.NULL);
    next(Kind.NORM, layer ? LAYER_NORM : 0).number("n", out.width()).number("k", out.block())
        .number("in_kind", out.kind().code()).real("eps", norm.eps()).pointer("a", x).pointer("b", norm.gain())
        .pointer("c", out.data()).pointer("d", out.factors()).pointer("e", norm.bias());
  }

  /** out = x in another kind; x float32 [rows, out.width], overwritten where it is spread. */
  public void convert(MemorySegment x, Activations out) {
    convert(x, out, MemorySegment.NULL);
  }

  /** The same after {@link #peak}, with the largest magnitude of each row given: float32 [rows]. */
  public void convert(MemorySegment x, Activations out, MemorySegment peaks) {
    next(Kind.CONVERT, peaks.equals(MemorySegment.NULL) ? 0 : PEAK_GIVEN).number("n", out.width())
        .number("k", out.block())
        .number("in_kind", out.kind().code()).pointer("a", x).pointer("c", out.data()).pointer("d", out.factors())
        .pointer("f", peaks);
  }

  /** peaks[row] = largest magnitude of x, float32 [rows, out.width], which is spread in place for {@code out}. */
  public void peak(MemorySegment x, Activations out, MemorySegment peaks) {
    next(Kind.PEAK, 0).number("n", out.width()).number("k", out.block()).pointer("a", x).pointer("f", peaks);
  }

  /** target = in x weights: one operation, or one for each {@value #MOST_INPUTS} inputs. */
  public void linear(PackedMatrix weights, Activations in, Target target) {
    if (in.width() != weights.inputs() || in.kind() != weights.kind().activations() || in.block() != weights.block()) {
      throw new IllegalArgumentException(weights.kind() + " weights with " + weights.inputs() + " inputs in blocks of "
          + weights.block() + " do not take " + in.kind() + " rows of " + in.width() + " in blocks of " + in.block());
    }
    int piece = piece(weights, target.output());
    for (int from = 0; from < weights.inputs(); from += piece) {
      boolean begins = from == 0;
      next(Kind.LINEAR, 0).number("n", weights.outputs()).number("k", weights.inputs()).number("from", from)
          .number("taken", Math.min(piece, weights.inputs() - from)).number("in_kind", weights.kind().code())
          .number("out", (begins ? target.output() : Output.ADD).code())
          .number("tile_few", tiling.few(weights)).number("tile_many", tiling.many(weights))
          .size("stride", target.stride()).pointer("a", in.data()).pointer("b", in.factors())
          .pointer("c", weights.data()).pointer("d", weights.factors()).pointer("e", weights.offsets())
          .pointer("f", target.memory()).pointer("g", begins ? target.bias() : MemorySegment.NULL)
          .pointer("h", weights.groups());
    }
  }

  /**
   * Inputs that are multiplied at a time. The matrix unit wants the rows of an image or a chunk in a core's own cache:
   * of very wide ones it takes a piece after the other. Not of int8: those sums are exact only as a whole. Depends on
   * nothing that differs between passes, and so the results do neither.
   */
  private int piece(PackedMatrix weights, Output output) {
    int inputs = weights.inputs();
    boolean divisible = weights.kind() == ElementKind.BFLOAT16 && (output == Output.STORE || output == Output.ADD)
        && tiling.many(weights) == Tiling.MATRIX;
    int pieces = divisible ? Math.ceilDiv(inputs, MOST_INPUTS) : 1;
    return pieces == 1 ? inputs : Math.ceilDiv(inputs, pieces * MATRIX_INPUTS) * MATRIX_INPUTS;
  }

  /** x += sums, int32 [rows, channels] that {@link Output#EXACT_SUMS} left and all ranks' were added to. */
  public void addExact(MemorySegment x, MemorySegment sums, PackedMatrix weights, Activations in) {
    next(Kind.FINISH, 0).number("n", weights.outputs()).number("in_kind", ElementKind.INT8.code()).pointer("a", x)
        .pointer("b", sums).pointer("d", weights.factors()).pointer("e", in.factors());
  }

  /** x += sums, float32 [rows, width]. */
  public void add(MemorySegment x, MemorySegment sums, int width) {
    next(Kind.FINISH, 0).number("n", width).number("in_kind", ElementKind.FLOAT32.code()).pointer("a", x)
        .pointer("b", sums);
  }

  /** Rotates queries and keys of rows [query heads, key heads, value heads] and files keys and values. */
  public void split(Attention attention, MemorySegment rows, int stride) {
    boolean rotated = !attention.rotations().equals(MemorySegment.NULL);
    place(next(Kind.SPLIT, rotated ? ROTATE : 0), attention).size("stride", stride).real("factor", attention.scale())
        .pointer("a", rows).pointer("b", attention.rotations()).pointer("c", attention.queries());
  }

  /** out = what the queries find; float32 [rows, heads, head width]. */
  public void attend(Attention attention, MemorySegment out) {
    place(next(Kind.ATTEND, attention.causal() ? CAUSAL : 0), attention).pointer("a", attention.queries())
        .pointer("c", out);
  }

  /** out = what the queries of an image find among all its keys; float32 [rows, heads, head width]. */
  public void attendAll(FullAttention attention, MemorySegment out) {
    if (attention.keys().count() != attention.values().count()
        || attention.keys().stride() != attention.values().stride()) {
      throw new IllegalArgumentException("keys and values do not lie alike");
    }
    next(Kind.ATTEND_ALL, 0).number("n", attention.queries().count()).number("k", attention.keys().count())
        .number("in_kind", attention.kind().code()).number("heads", attention.heads())
        .number("head_dim", attention.headDim()).size("stride", attention.queries().stride())
        .size("kv_stride", attention.keys().stride()).real("factor", 1 / Math.sqrt(attention.headDim()))
        .pointer("a", attention.queries().memory()).pointer("b", attention.keys().memory())
        .pointer("d", attention.values().memory()).pointer("c", out);
  }

  private static Operation place(Operation operation, Attention attention) {
    KvPlanes kv = attention.kv();
    return operation.number("heads", attention.heads()).number("kv_heads", kv.heads())
        .number("head_dim", kv.headDim()).number("kv_kind", kv.kind().code()).size("arena_tokens", kv.tokens())
        .pointer("d", kv.keys()).pointer("e", kv.values()).pointer("f", kv.keyFactors())
        .pointer("g", kv.valueFactors());
  }

  /** ids[row] = the id with the largest logit, the lowest of equals; float32 [rows, width], int32. */
  public void best(MemorySegment logits, int width, MemorySegment ids) {
    next(Kind.BEST, 0).number("n", width).pointer("a", logits).pointer("b", ids);
  }

  /** masses[row] = logarithm of the sum of exponentials; float32 [rows, width], float32. */
  public void mass(MemorySegment logits, int width, MemorySegment masses) {
    next(Kind.MASS, 0).number("n", width).pointer("a", logits).pointer("b", masses);
  }
}
