package org.clarion.llm.exec;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;
import org.clarion.engine.collective.Collective;
import org.clarion.engine.decoder.DecodeRow;
import org.clarion.engine.decoder.DecoderStep;
import org.clarion.engine.decoder.EmbeddingSpan;
import org.clarion.engine.decoder.PrefillRow;
import org.clarion.engine.decoder.StepLogits;
import org.clarion.llm.core.ImageKey;
import org.clarion.llm.core.Plan;
import org.clarion.llm.core.Sampler;
import org.clarion.llm.core.Sampling;
import org.clarion.llm.core.SequenceTable;
import org.clarion.llm.exec.StepOutcome.Retry;
import org.clarion.llm.exec.StepOutcome.Sampled;

/**
 * Turns a plan into one engine step and its logits into tokens. The same plan runs on every rank at the same time; what
 * ranks could see differently (which embeddings have arrived) they agree on before they compute. One owner thread.
 */
final class StepRunner {
  private final StepEngine engine;
  private final Collective collective;
  private final SequenceTable sequences;
  private final Embeddings embeddings;
  private final int hidden;

  StepRunner(StepEngine engine, Collective collective, SequenceTable sequences, Embeddings embeddings, int hidden) {
    this.engine = engine;
    this.collective = collective;
    this.sequences = sequences;
    this.embeddings = embeddings;
    this.hidden = hidden;
  }

  /** Runs the plan; throws what the engine or the collective throws. */
  StepOutcome run(Plan plan) {
    long start = System.nanoTime();
    plan.release().forEach(sequences::release);
    plan.drops().forEach(embeddings::drop);
    plan.admissions().forEach(a -> sequences.admit(a.sequence(), a.sampling()));

    List<Retry> retries = new ArrayList<>();
    List<Plan.Row> runnable = runnable(plan.rows(), retries);
    List<Sampled> sampled = runnable.isEmpty() ? List.of() : execute(runnable);
    boolean answers = collective.rank() == 0;
    return new StepOutcome(plan.epoch(), plan.step(), answers ? sampled : List.of(), answers ? retries : List.of(),
        System.nanoTime() - start);
  }

  private List<Plan.Row> runnable(List<Plan.Row> rows, List<Retry> retries) {
    List<Plan.Row> fitting = new ArrayList<>();
    SequencedSet<ImageKey> wanted = new LinkedHashSet<>();
    for (Plan.Row row : rows) {
      if (sequences.fits(row)) {
        fitting.add(row);
        images(row).forEach(wanted::add);
      } else {
        retries.add(new Retry(row.sequence(), null));
      }
    }
    SequencedSet<ImageKey> missing = missing(wanted);
    fitting.removeIf(row -> {
      Optional<ImageKey> lacking = images(row).stream().filter(missing::contains).findFirst();
      lacking.ifPresent(key -> retries.add(new Retry(row.sequence(), key)));
      return lacking.isPresent();
    });
    return fitting;
  }

  /** The images that some rank lacks: every rank gets the same answer. */
  private SequencedSet<ImageKey> missing(SequencedSet<ImageKey> wanted) {
    SequencedSet<ImageKey> missing = new LinkedHashSet<>();
    for (ImageKey key : wanted) {
      if (collective.minimum(embeddings.contains(key) ? 1 : 0) == 0) {
        missing.add(key);
      }
    }
    return missing;
  }

  private static List<ImageKey> images(Plan.Row row) {
    return switch (row) {
      case Plan.Prefill prefill -> prefill.spans().stream().map(Plan.Span::key).toList();
      case Plan.Decode _ -> List.of();
    };
  }

  private List<Sampled> execute(List<Plan.Row> rows) {
    List<PrefillRow> prefills = new ArrayList<>();
    List<DecodeRow> decodes = new ArrayList<>();
    // In the order of the engine's logits: prefills that sample, then decodes.
    List<Plan.Row> sampling = new ArrayList<>();
    for (Plan.Row row : rows) {
      if (row instanceof Plan.Prefill prefill) {
        prefills.add(prefillRow(prefill));
        if (prefill.sample()) {
          sampling.add(prefill);
        }
      }
    }
    for (Plan.Row row : rows) {
      if (row instanceof Plan.Decode decode) {
        decodes.add(new DecodeRow(sequences.lastToken(decode), decode.position(), decode.arenaOffset()));
        sampling.add(decode);
      }
    }
    try (StepLogits logits = engine.step(new DecoderStep(prefills, decodes))) {
      int[] tokens = new int[sampling.size()];
      boolean chooses = collective.rank() == 0;
      if (chooses) {
        choose(logits, sampling, tokens);
      }
      if (tokens.length > 0) {
        collective.broadcast(tokens);
      }
      List<Sampled> sampled = chooses ? sampled(logits, sampling, tokens) : List.of();
      for (Plan.Row row : rows) {
        if (!row.sample()) {
          sequences.ran(row, null);
        }
      }
      for (int i = 0; i < tokens.length; i++) {
        sequences.ran(sampling.get(i), tokens[i]);
      }
      return sampled;
    }
  }

  private PrefillRow prefillRow(Plan.Prefill row) {
    List<EmbeddingSpan> spans = row.spans().stream().map(span -> new EmbeddingSpan(span.rowOffset(), slice(span)))
        .toList();
    return new PrefillRow(row.tokens(), row.position(), row.arenaOffset(), spans, row.sample());
  }

  private float[] slice(Plan.Span span) {
    float[] values = embeddings.find(span.key());
    if (values == null) {
      // The table retains what fitting rows read, so the store cannot have dropped it.
      throw new IllegalStateException("an embedding vanished between the ranks' agreement and its use");
    }
    return Arrays.copyOfRange(values, span.embeddingOffset() * hidden,
        (span.embeddingOffset() + span.count()) * hidden);
  }

  private void choose(StepLogits logits, List<Plan.Row> rows, int[] tokens) {
    if (tokens.length == 0) {
      return;
    }
    int[] best = logits.argmax();
    for (int i = 0; i < tokens.length; i++) {
      Plan.Row row = rows.get(i);
      Sampling sampling = sequences.sampling(row);
      tokens[i] = sampling.greedy()
          ? best[i]
          : Sampler.sample(logits.row(i), sampling, (long) row.position() + row.count());
    }
  }

  private static List<Sampled> sampled(StepLogits logits, List<Plan.Row> rows, int[] tokens) {
    if (tokens.length == 0) {
      return List.of();
    }
    float[] logProbabilities = logits.logProbabilities(tokens);
    List<Sampled> sampled = new ArrayList<>(tokens.length);
    for (int i = 0; i < tokens.length; i++) {
      sampled.add(new Sampled(rows.get(i).sequence(), tokens[i], logProbabilities[i]));
    }
    return sampled;
  }
}
