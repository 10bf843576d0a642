package org.clarion.engine.decoder;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.clarion.engine.collective.Collective;
import org.clarion.engine.kernel.ElementKind;
import org.clarion.engine.kernel.KernelLibrary;
import org.clarion.engine.kernel.KernelMemory;
import org.clarion.engine.kernel.KernelTeam;
import org.clarion.engine.kernel.KernelWork;
import org.clarion.engine.kernel.KvPlanes;
import org.clarion.engine.kernel.LoadedWeights;
import org.clarion.engine.kernel.MeasuredTiling;
import org.clarion.engine.kernel.StepNumbers;
import org.clarion.engine.kernel.TileChoice;
import org.clarion.models.architecture.DecoderConfig;
import org.clarion.models.checkpoint.DecoderWeights;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A decoder rank on kernels of our own, without libtorch. A step's tokens go through all layers in passes of a bounded
 * number of rows; what the logits want of each pass is kept for the head.
 *
 * <p>
 * Every row is computed alone: text is the same whatever else is in the batch, however a prompt is cut into chunks, and
 * whether a position was prefilled or decoded. With int8 weights it is the same for any number of ranks too.
 */
final class KernelDecoder implements Decoder {
  private static final Logger LOG = LoggerFactory.getLogger(KernelDecoder.class);

  /** Rows of a pass: more do not make products faster, and buffers grow with it. */
  private static final int MAX_ROWS = 512;
  /** Queries that share the keys that one task reads. */
  private static final int TASK_QUERIES = 64;
  private static final int MIN_HEAD_ROWS = 16;

  private final KernelLibrary library;
  private final DecoderConfig config;
  private final StepLayout.Limits limits;
  private final Collective collective;
  private final int[] widths;
  private final MeasuredTiling tiling;
  private final KernelMemory memory;
  private final LoadedWeights<KernelWeights> loaded;
  private final Arena arena = Arena.ofShared();
  private final List<KvPlanes> kv;
  private final KernelTeam team;
  private final KernelGraph graph;
  private final StepNumbers numbers;
  private final int maxRows;
  private KernelHead head;
  private boolean closed;

  private KernelDecoder(KernelLibrary library, DecoderConfig config, LoadedWeights<KernelWeights> loaded,
      DecoderOptions options,
      Collective collective) {
    this.library = library;
    this.config = config;
    this.collective = collective;
    this.loaded = loaded;
    this.memory = loaded.memory();
    this.tiling = new MeasuredTiling(library, options.threads());
    int positions = Math.min(config.maxContext(), options.arenaTokens());
    this.limits = new StepLayout.Limits(config, options.arenaTokens(), positions);
    this.widths = IntStream.range(0, collective.size())
        .map(rank -> Shard.of(config, rank, collective.size()).vocabulary().count()).toArray();
    Shard shard = Shard.of(config, collective.rank(), collective.size());
    this.kv = Stream.generate(() -> KvPlanes.allocate(memory, options.kv().kind(), shard.kvHeads().count(),
        config.headDim(), options.arenaTokens())).limit(config.layers()).toList();
    this.maxRows = Math.min(MAX_ROWS, options.arenaTokens());
    this.graph = new KernelGraph(config, loaded.weights(), kv, rotations(positions), maxRows, collective.size() > 1,
        memory,
        arena, tiling);
    this.numbers = new StepNumbers(arena, maxRows);
    this.head = head(MIN_HEAD_ROWS);
    LOG.info("tiles of linear layers, for few and for many rows: {}", tiling.choices().stream()
        .map(tile -> tile.weights() + " " + tile.rows() + " " + tile.tile()).collect(Collectors.joining(", ")));
    this.team = new KernelTeam(library, options.threads(), Math.max(graph.longest(), 4));
  }

  /**
   * As {@link Decoders#load}.
   *
   * @throws org.clarion.engine.kernel.KernelException
   *           when the kernels cannot compute this model in this precision
   */
  static KernelDecoder load(KernelLibrary library, DecoderWeights weights, DecoderOptions options,
      Collective collective) {
    LoadedWeights<KernelWeights> loaded = RankWeights.load(library, weights, options.precision(), collective);
    try {
      return new KernelDecoder(library, weights.config(), loaded, options, collective);
    } catch (RuntimeException e) {
      loaded.close();
      throw e;
    }
  }

  static ElementKind kind(Precision precision) {
    return switch (precision) {
      case INT8 -> ElementKind.INT8;
      case INT4 -> ElementKind.INT4;
      case BFLOAT16 -> ElementKind.BFLOAT16;
      case FLOAT16, FLOAT32 -> throw new IllegalArgumentException("no kernel multiplies " + precision + " weights");
    };
  }

  /** Cosines and sines, computed in double as every reference that keeps positions exact does. */
  private MemorySegment rotations(int positions) {
    int half = config.headDim() / 2;
    MemorySegment table = memory.allocate((long) positions * 2 * half * Float.BYTES);
    for (int pair = 0; pair < half; pair++) {
      double frequency = Math.pow(config.ropeBase(), -(double) pair / half);
      for (int position = 0; position < positions; position++) {
        table.setAtIndex(JAVA_FLOAT, (long) position * 2 * half + pair, (float) Math.cos(position * frequency));
        table.setAtIndex(JAVA_FLOAT, (long) position * 2 * half + half + pair,
            (float) Math.sin(position * frequency));
      }
    }
    return table;
  }

  private KernelHead head(int rows) {
    return KernelHead.of(graph.weights(), rows, config.vocabulary(), collective.size() > 1 && collective.rank() == 0,
        library, tiling);
  }

  @Override
  public int arenaTokens() {
    return limits.arenaTokens();
  }

  @Override
  public DecoderConfig config() {
    return config;
  }

  @Override
  public List<TileChoice> tiles() {
    return tiling.choices();
  }

  @Override
  public void copyPositions(int fromOffset, int toOffset, int count) {
    limits.checkCopy(fromOffset, toOffset, count);
    kv.forEach(planes -> planes.copy(fromOffset, toOffset, count));
  }

  @Override
  public StepLogits step(DecoderStep step) {
    if (closed) {
      throw new IllegalStateException("the decoder is closed");
    }
    StepLayout layout = StepLayout.of(step, limits);
    int wanted = layout.logitRows().length;
    if (wanted > head.rows()) {
      KernelHead old = head;
      head = head(Math.max(wanted, 2 * old.rows()));
      old.close();
    }
    for (int from = 0; from < layout.tokens(); from += maxRows) {
      pass(layout, from, Math.min(layout.tokens(), from + maxRows));
    }
    if (wanted > 0) {
      team.run(head.compute(), head.numbers().rows(wanted));
      gather(wanted);
    }
    return new KernelLogits(team, head, collective.rank() == 0 ? wanted : 0, config.vocabulary());
  }

  private void pass(StepLayout layout, int from, int to) {
    fill(layout, from, to);
    team.run(graph.embed(), numbers);
    overlay(layout, from, to);
    for (KernelGraph.Phase phase : graph.phases()) {
      switch (phase) {
        case KernelGraph.Phase.Compute(var part) -> team.run(part, numbers);
        case KernelGraph.Phase.ExchangePeaks _ ->
          collective.allReduceMax(buffer(graph.peaks(), numbers.rows()).asFloatBuffer());
        case KernelGraph.Phase.ExchangeSums(boolean exact) -> {
          ByteBuffer sums = buffer(graph.sums(), (long) numbers.rows() * config.hidden());
          if (exact) {
            collective.allReduce(sums.asIntBuffer());
          } else {
            collective.allReduce(sums.asFloatBuffer());
          }
        }
      }
    }
    long width = (long) config.hidden() * Float.BYTES;
    for (int i = 0; i < layout.logitRows().length; i++) {
      long row = layout.logitRows()[i];
      if (row >= from && row < to) {
        MemorySegment.copy(graph.x(), (row - from) * width, head.x(), i * width, width);
      }
    }
  }

  @Override
  public StepProfile profile() {
    return new StepProfile(team.nanos(KernelWork.LINEAR), team.nanos(KernelWork.ATTENTION),
        team.nanos(KernelWork.SAMPLING), team.nanos(KernelWork.ELEMENTWISE), 0);
  }

  /** Rows from {@code from} to {@code to} of the layout, and who attends to what. */
  private void fill(StepLayout layout, int from, int to) {
    numbers.clear();
    int total = layout.tokens();
    for (int row = from; row < to; row++) {
      numbers.add((int) layout.rows()[row], (int) layout.rows()[total + row], (int) layout.rows()[2 * total + row]);
    }
    int block = Math.max(1, TASK_QUERIES / config.groupSize());
    int prefilled = 0;
    for (int i = 0; i < layout.prefills().length; i += 4) {
      int start = (int) layout.prefills()[i];
      int end = start + (int) layout.prefills()[i + 1];
      for (int row = Math.max(start, from); row < Math.min(end, to); row += block) {
        int count = Math.min(block, Math.min(end, to) - row);
        numbers.attend(row - from, count, (int) layout.prefills()[i + 2] + row - start,
            (int) layout.prefills()[i + 3]);
      }
      prefilled = end;
    }
    for (int row = Math.max(prefilled, from); row < to; row++) {
      int position = (int) layout.rows()[total + row];
      numbers.attend(row - from, 1, position, (int) layout.rows()[2 * total + row] - position);
    }
  }

  private void overlay(StepLayout layout, int from, int to) {
    int hidden = config.hidden();
    int index = 0;
    for (float[] span : layout.spans()) {
      for (int vector = 0; vector < span.length / hidden; vector++) {
        long row = layout.spanRows()[index++];
        if (row >= from && row < to) {
          MemorySegment.copy(span, vector * hidden, graph.x(), JAVA_FLOAT, (row - from) * hidden * Float.BYTES, hidden);
        }
      }
    }
  }

  private void gather(int rows) {
    if (collective.size() == 1) {
      return;
    }
    FloatBuffer mine = buffer(head.logits(), (long) rows * widths[collective.rank()]).asFloatBuffer();
    if (collective.rank() != 0) {
      collective.gather(mine, null);
      return;
    }
    FloatBuffer all = FloatBuffer.allocate(Math.multiplyExact(rows, config.vocabulary()));
    collective.gather(mine, all);
    int read = 0;
    int column = 0;
    for (int width : widths) {
      for (int row = 0; row < rows; row++) {
        long to = ((long) row * config.vocabulary() + column) * Float.BYTES;
        MemorySegment.copy(all.array(), read, head.all(), JAVA_FLOAT, to, width);
        read += width;
      }
      column += width;
    }
  }

  private static ByteBuffer buffer(MemorySegment memory, long values) {
    return memory.asSlice(0, values * Float.BYTES).asByteBuffer().order(ByteOrder.nativeOrder());
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      team.close();
      head.close();
      loaded.close();
      arena.close();
    }
  }
}
