package org.clarion.llm.exec;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.clarion.engine.collective.Collective;
import org.clarion.engine.decoder.DecodeRow;
import org.clarion.engine.decoder.DecoderStep;
import org.clarion.engine.decoder.EmbeddingSpan;
import org.clarion.engine.decoder.PrefillRow;
import org.clarion.engine.decoder.StepLogits;
import org.clarion.llm.core.CounterRandom;
import org.clarion.llm.core.Sampler;

/**
 * A decoder whose arena really holds what was fed: the logits of a row are a hash of everything from its extent's start
 * to its last position, so a row that reads a wrong position, extent, token or embedding gives another token. Ranks
 * take part in a sum, as real ones do.
 */
public final class FakeEngine implements StepEngine {
  /** Number of ids. */
  public static final int VOCABULARY = 50;

  private final Collective collective;
  private final double[] arena;
  /** When set, a step waits for a permit. */
  public final AtomicBoolean gated = new AtomicBoolean();
  public final Semaphore permits = new Semaphore(0);
  /** Steps begun. */
  public final AtomicInteger steps = new AtomicInteger();
  /** When set, the next step fails. */
  public final AtomicBoolean failing = new AtomicBoolean();
  public final AtomicBoolean closed = new AtomicBoolean();

  public FakeEngine(Collective collective, int arenaTokens) {
    this.collective = collective;
    this.arena = new double[arenaTokens];
  }

  /** The greedy answer to a prompt of ids, computed without any engine. */
  public static List<Integer> expected(int[] prompt, int count) {
    double[] values = Arrays.copyOf(Arrays.stream(prompt).mapToDouble(t -> t).toArray(), prompt.length + count);
    List<Integer> answer = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int token = Sampler.argmax(logits(values, 0, prompt.length + i));
      answer.add(token);
      values[prompt.length + i] = token;
    }
    return answer;
  }

  @Override
  public StepLogits step(DecoderStep step) {
    steps.incrementAndGet();
    if (gated.get()) {
      permits.acquireUninterruptibly();
    }
    if (failing.getAndSet(false)) {
      throw new IllegalStateException("the fake device is on fire");
    }
    FloatBuffer sum = FloatBuffer.wrap(new float[]{1});
    collective.allReduce(sum);
    if (sum.get(0) != collective.size()) {
      throw new IllegalStateException("ranks are not together");
    }
    List<float[]> rows = new ArrayList<>();
    for (PrefillRow row : step.prefills()) {
      int from = row.arenaOffset() + row.position();
      for (int i = 0; i < row.tokens().length; i++) {
        arena[from + i] = row.tokens()[i];
      }
      for (EmbeddingSpan span : row.spans()) {
        for (int i = 0; i < span.embedding().length; i++) {
          arena[from + span.rowOffset() + i] = 1000 + span.embedding()[i];
        }
      }
      for (int last = row.logits() - 1; last >= 0; last--) {
        rows.add(logits(arena, row.arenaOffset(), from + row.tokens().length - last));
      }
    }
    for (DecodeRow row : step.decodes()) {
      int at = row.arenaOffset() + row.position();
      arena[at] = row.token();
      rows.add(logits(arena, row.arenaOffset(), at + 1));
    }
    return new Rows(collective.rank() == 0 ? rows : List.of());
  }

  @Override
  public void copyPositions(int fromOffset, int toOffset, int count) {
    System.arraycopy(arena, fromOffset, arena, toOffset, count);
  }

  private static float[] logits(double[] arena, int from, int to) {
    long hash = 1;
    for (int i = from; i < to; i++) {
      hash = 31 * hash + Double.hashCode(arena[i]);
    }
    float[] logits = new float[VOCABULARY];
    for (int id = 0; id < VOCABULARY; id++) {
      logits[id] = (float) (4 * CounterRandom.uniform(hash, id));
    }
    return logits;
  }

  @Override
  public void close() {
    closed.set(true);
  }

  private record Rows(List<float[]> all) implements StepLogits {
    @Override
    public int rows() {
      return all.size();
    }

    @Override
    public int[] argmax() {
      return all.stream().mapToInt(Sampler::argmax).toArray();
    }

    @Override
    public float[] row(int index) {
      return all.get(index).clone();
    }

    @Override
    public float[] logProbabilities(int[] tokens) {
      float[] out = new float[tokens.length];
      for (int i = 0; i < tokens.length; i++) {
        float[] logits = all.get(i);
        double total = 0;
        for (float logit : logits) {
          total += Math.exp(logit);
        }
        out[i] = (float) (logits[tokens[i]] - Math.log(total));
      }
      return out;
    }

    @Override
    public void close() {}
  }
}
