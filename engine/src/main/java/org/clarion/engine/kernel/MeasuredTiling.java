package org.clarion.engine.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import org.clarion.engine.kernel.KernelProgram.Output;
import org.clarion.engine.kernel.KernelProgram.Target;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures the tiles on a layer's own weights when it is loaded, out of the caches as in a step, some milliseconds for
 * each size, and remembers the fastest beside the library: another start, or another rank, finds it there. Sums of int8
 * products are exact: a tile whose results are not bit for bit those of the first is never chosen. The matrix unit adds
 * bfloat16 products in an order of its own: where there is one it is used for all that fit it, unmeasured, or text
 * would depend on the number of rows and threads.
 *
 * <p>
 * To be used by one thread; several may exist.
 */
public final class MeasuredTiling implements Tiling {
  private static final Logger LOG = LoggerFactory.getLogger(MeasuredTiling.class);

  /** What another tile may take of the reference's time to be chosen. */
  private static final double CLEARLY = 0.97;
  private static final int REPEATS = 6;
  /** Output channels that are measured, at most: enough for every core to have some panels. */
  private static final int MOST_OUTPUTS = 2048;
  /** The matrix unit takes so many bytes of inputs at a time. */
  private static final int MATRIX_BYTES = 64;
  private static final int[] FEW = {1, 8};
  private static final int[] MANY = {48};
  /** Ranks that load at the same time would disturb each other. */
  private static final ReentrantLock ONE_AT_A_TIME = new ReentrantLock();

  private final KernelLibrary library;
  private final int threads;
  private final TileCache cache;
  private final Map<String, TileChoice> choices = new TreeMap<>();

  /**
   * Nothing measured yet.
   *
   * @param threads
   *          of the team that will run the layers
   */
  public MeasuredTiling(KernelLibrary library, int threads) {
    this(library, threads, TileCache.beside(library.file()));
  }

  MeasuredTiling(KernelLibrary library, int threads, TileCache cache) {
    this.library = library;
    this.threads = threads;
    this.cache = cache;
  }

  @Override
  public int few(PackedMatrix weights) {
    return choice(weights, "few", FEW);
  }

  @Override
  public int many(PackedMatrix weights) {
    return choice(weights, "many", MANY);
  }

  /** What has been chosen so far, by size. */
  public List<TileChoice> choices() {
    return List.copyOf(choices.values());
  }

  private int choice(PackedMatrix weights, String name, int[] rows) {
    String size = weights.kind().name().toLowerCase(Locale.ROOT) + " " + weights.outputs() + "x" + weights.inputs();
    String key = size + " " + name + " " + threads;
    return choices.computeIfAbsent(key, _ -> new TileChoice(size, name, cached(key, weights, rows))).tile();
  }

  private int cached(String key, PackedMatrix weights, int[] rows) {
    ONE_AT_A_TIME.lock();
    try {
      int known = cache.get(key);
      List<Integer> candidates = candidates(weights);
      if (candidates.contains(known)) {
        return known;
      }
      if (candidates.size() == 1) {
        return candidates.getFirst();
      }
      long start = System.nanoTime();
      int best = fastest(weights.first(MOST_OUTPUTS), candidates, rows);
      LOG.debug("kernels for {} threads: tiles of {} columns, measured in {} ms", key, best,
          (System.nanoTime() - start) / 1_000_000);
      cache.put(key, best);
      return best;
    } finally {
      ONE_AT_A_TIME.unlock();
    }
  }

  /** The first is the reference, and stays unless another is clearly faster. */
  private List<Integer> candidates(PackedMatrix weights) {
    boolean matrix = library.hasMatrixUnit() && weights.kind() != ElementKind.INT4
        && weights.inputs() * weights.kind().bits() / Byte.SIZE % MATRIX_BYTES == 0;
    if (matrix && weights.kind() == ElementKind.BFLOAT16) {
      return List.of(MATRIX);
    }
    return matrix ? List.of(WIDE, TALL, MATRIX) : List.of(WIDE, TALL);
  }

  private int fastest(PackedMatrix weights, List<Integer> candidates, int[] rows) {
    double[] nanos = new double[candidates.size()];
    for (int count : rows) {
      double[] times = measure(weights, candidates, count);
      Arrays.setAll(nanos, i -> nanos[i] + times[i]);
    }
    int best = 0;
    for (int i = 1; i < nanos.length; i++) {
      if (nanos[i] < nanos[best] && nanos[i] < nanos[0] * CLEARLY) {
        best = i;
      }
    }
    return candidates.get(best);
  }

  /** Best times of each candidate, ns, taken in turns; infinity for one that computes something else. */
  private double[] measure(PackedMatrix weights, List<Integer> candidates, int rows) {
    try (KernelMemory memory = new KernelMemory(library);
        Arena arena = Arena.ofConfined();
        KernelTeam team = new KernelTeam(library, threads, 1)) {
      Activations inputs = Activations.allocate(memory, weights.kind().activations(), weights.inputs(), weights.block(),
          rows);
      fill(inputs, rows);
      MemorySegment read = weights.data().asSlice(0,
          (long) weights.outputs() * weights.inputs() * weights.kind().bits() / Byte.SIZE);
      StepNumbers numbers = new StepNumbers(arena, rows).rows(rows);
      List<MemorySegment> results = new ArrayList<>();
      List<KernelProgram.Part> parts = new ArrayList<>();
      for (int tile : candidates) {
        MemorySegment out = memory.allocate((long) rows * weights.outputs() * Float.BYTES);
        KernelProgram program = new KernelProgram(arena, 1, Tiling.fixed(tile));
        program.linear(weights, inputs, Target.of(Output.STORE, out, weights.outputs()));
        results.add(out);
        parts.add(program.cut());
      }
      double[] best = new double[parts.size()];
      Arrays.fill(best, Double.POSITIVE_INFINITY);
      for (int turn = 0; turn <= REPEATS; turn++) {
        for (int i = 0; i < best.length; i++) {
          library.flush(read);
          long start = System.nanoTime();
          team.run(parts.get(i), numbers);
          double took = (double) (System.nanoTime() - start);
          best[i] = turn == 0 ? best[i] : Math.min(best[i], took);
        }
      }
      for (int i = 1; i < best.length; i++) {
        if (results.get(i).mismatch(results.getFirst()) >= 0) {
          LOG.warn("tiles of {} columns are not used for {} weights: their results differ", candidates.get(i),
              weights.kind());
          best[i] = Double.POSITIVE_INFINITY;
        }
      }
      return best;
    }
  }

  private static void fill(Activations inputs, int rows) {
    RandomGenerator random = new Random(1);
    long count = (long) rows * inputs.width();
    for (long i = 0; i < count; i++) {
      switch (inputs.kind()) {
        case INT8, INT4 -> inputs.data().set(JAVA_BYTE, i, (byte) (1 + random.nextInt(255)));
        case BFLOAT16 -> inputs.data().setAtIndex(JAVA_SHORT, i,
            (short) (Float.floatToIntBits(random.nextFloat() - 0.5f) >>> 16));
        case FLOAT32 -> inputs.data().setAtIndex(JAVA_FLOAT, i, random.nextFloat() - 0.5f);
      }
    }
    for (int row = 0; row < rows; row++) {
      inputs.factors().setAtIndex(JAVA_FLOAT, row, 1f / (row + 1));
    }
  }
}
