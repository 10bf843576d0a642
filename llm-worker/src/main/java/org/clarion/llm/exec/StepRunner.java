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
import org.clarion.llm.core.Chances;
import org.clarion.llm.core.Drafts;
import org.clarion.llm.core.ImageKey;
import org.clarion.llm.core.Plan;
import org.clarion.llm.core.Sampler;
import org.clarion.llm.core.Sampling;
import org.clarion.llm.core.SequenceTable;
import org.clarion.llm.exec.StepOutcome.Retry;
import org.clarion.llm.exec.StepOutcome.Sampled;
import org.clarion.models.grammar.Cursor;
import org.clarion.models.grammar.TokenMask;
import org.jspecify.annotations.Nullable;

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
  private final StepMetrics metrics;
  private final Sampler sampler = new Sampler();
  private final Chances chances = new Chances();

  StepRunner(StepEngine engine, StepExecutor.Parts parts, SequenceTable sequences) {
    this.engine = engine;
    this.collective = parts.collective();
    this.sequences = sequences;
    this.embeddings = parts.embeddings();
    this.hidden = parts.hidden();
    this.metrics = parts.metrics();
  }

  /** Runs the plan; throws what the engine or the collective throws. */
  StepOutcome run(Plan plan) {
    long start = System.nanoTime();
    plan.release().forEach(sequences::release);
    plan.drops().forEach(embeddings::drop);
    plan.admissions().forEach(sequences::admit);
    plan.forks().forEach(this::fork);

    List<Retry> retries = new ArrayList<>();
    List<Plan.Row> runnable = runnable(plan.rows(), retries);
    List<Sampled> sampled = runnable.isEmpty() ? List.of() : execute(runnable);
    boolean answers = collective.rank() == 0;
    return new StepOutcome(plan.epoch(), plan.step(), answers ? sampled : List.of(), answers ? retries : List.of(),
        System.nanoTime() - start);
  }

  private void fork(Plan.Fork fork) {
    if (sequences.fork(fork)) {
      copy(fork.fromOffset() + fork.position(), fork.toOffset() + fork.position(), fork.count());
    }
  }

  /** In parts no longer than the way, and from the end that is overwritten first: ranges that overlap stay whole. */
  private void copy(int from, int to, int count) {
    int part = Math.min(count, Math.abs(to - from));
    for (int done = 0; done < count; done += part) {
      int length = Math.min(part, count - done);
      int at = to < from ? done : count - done - length;
      engine.copyPositions(from + at, to + at, length);
    }
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
      case Plan.Decode _,Plan.Beam _,Plan.Verify _ -> List.of();
    };
  }

  private List<Sampled> execute(List<Plan.Row> rows) {
    List<PrefillRow> prefills = new ArrayList<>();
    List<DecodeRow> decodes = new ArrayList<>();
    // In the order of the engine's logits: prefills that sample, then decodes.
    List<Choice> sampling = new ArrayList<>();
    List<Choice> next = new ArrayList<>();
    for (Plan.Row row : rows) {
      switch (row) {
        case Plan.Prefill prefill -> {
          prefills.add(prefillRow(prefill));
          if (prefill.sample()) {
            sampling.add(new Choice(prefill));
          }
        }
        case Plan.Decode decode -> {
          decodes.add(new DecodeRow(sequences.lastToken(decode), decode.position(), decode.arenaOffset()));
          next.add(new Choice(decode));
        }
        case Plan.Verify verify -> {
          Choice drafted = new Choice(verify, sequences.drafted(verify));
          if (drafted.count() > 1) {
            prefills.add(new PrefillRow(drafted.computed(), sequences.position(verify), verify.arenaOffset(), List.of(),
                drafted.count()));
            sampling.add(drafted);
          } else {
            decodes.add(new DecodeRow(sequences.lastToken(verify), sequences.position(verify), verify.arenaOffset()));
            next.add(drafted);
          }
        }
        case Plan.Beam beam -> {
          decodes.add(new DecodeRow(beam.token(), beam.position(), beam.arenaOffset()));
          sequences.extend(beam);
          next.add(new Choice(beam));
        }
      }
    }
    sampling.addAll(next);
    try (StepLogits logits = engine.step(new DecoderStep(prefills, decodes))) {
      List<Sampled> sampled = new ArrayList<>(sampling.size());
      int[] tokens = collective.rank() == 0
          ? choose(logits, sampling, sampled)
          : new int[sampling.stream().mapToInt(Choice::count).sum()];
      if (tokens.length > 0) {
        collective.broadcast(tokens);
      }
      for (Plan.Row row : rows) {
        if (!row.sample()) {
          sequences.ran(row, null);
        }
      }
      int at = 0;
      for (Choice choice : sampling) {
        if (choice.row() instanceof Plan.Verify verify) {
          int[] chosen = Arrays.copyOfRange(tokens, at, at + choice.count());
          sequences.verified(verify, Drafts.accepted(choice.computed(), chosen));
        } else {
          sequences.ran(choice.row(), tokens[at]);
        }
        at += choice.count();
      }
      return sampled;
    }
  }

  /**
   * A row that yields tokens.
   *
   * @param computed
   *          the last token and drafts; empty for a row that is no verify
   */
  private record Choice(Plan.Row row, int[] computed) {
    private static final int[] NONE = {};

    Choice(Plan.Row row) {
      this(row, NONE);
    }

    /** Rows of logits. */
    int count() {
      return Math.max(1, computed.length);
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

  /**
   * A token for each row of logits. Most greedy rows never leave the device.
   *
   * @param sampled
   *          gets what the owner is told of each choice
   */
  private int[] choose(StepLogits logits, List<Choice> choices, List<Sampled> sampled) {
    if (choices.isEmpty()) {
      return new int[0];
    }
    boolean any = choices.stream().anyMatch(choice -> takesBest(choice.row()));
    int[] tokens = any ? logits.argmax() : new int[logits.rows()];
    int at = 0;
    for (Choice choice : choices) {
      Sampled one = choose(logits, choice, tokens, at);
      sampled.add(one);
      tokens[at] = one.token();
      at += choice.count();
    }
    return tokens;
  }

  private Sampled choose(StepLogits logits, Choice choice, int[] best, int at) {
    Plan.Row row = choice.row();
    Sampling sampling = sequences.sampling(row);
    if (choice.count() > 1) {
      return drafted(choice, Arrays.copyOfRange(best, at, at + choice.count()));
    } else if (sequences.beamCandidates(row) > 0) {
      return beam(row, logits.row(at));
    } else if (sampling.logProbabilities() != null) {
      return withChances(row, logits.row(at), sampling.logProbabilities());
    }
    int token = takesBest(row) ? best[at] : sample(row, logits.row(at));
    return new Sampled(row.sequence(), token, 0, Chances.Likeliest.NONE);
  }

  private Sampled drafted(Choice choice, int[] chosen) {
    Plan.Row row = choice.row();
    if (!takesBest(row)) {
      throw new IllegalArgumentException(
          "sequence " + row.sequence() + " has drafts, but does not take the likeliest id as it is");
    }
    int[] tokens = Drafts.accepted(choice.computed(), chosen);
    return new Sampled(row.sequence(), tokens[0], 0, Chances.Likeliest.NONE,
        Arrays.copyOfRange(tokens, 1, tokens.length), choice.count() - 1);
  }

  private boolean takesBest(Plan.Row row) {
    Sampling sampling = sequences.sampling(row);
    return sampling.greedy() && !sampling.adjusts() && sampling.logProbabilities() == null
        && sequences.format(row) == null
        && sequences.beamCandidates(row) == 0;
  }

  private int sample(Plan.Row row, float[] logits) {
    TokenMask mask = mask(row);
    if (mask != null) {
      mask.apply(logits);
    }
    int token = sampler.sample(logits, sequences.sampling(row), sequences.answer(row),
        (long) sequences.position(row) + (row instanceof Plan.Verify ? 1 : row.count()));
    // Where no allowed id has a finite logit the sampler has nothing to go by.
    return mask == null || mask.allows(token) ? token : mask.first();
  }

  /** The ids that the answer's format leaves; null where there is none. */
  private @Nullable TokenMask mask(Plan.Row row) {
    Cursor format = sequences.format(row);
    if (format == null) {
      return null;
    }
    long start = System.nanoTime();
    long made = format.masksMade();
    TokenMask mask = format.mask();
    metrics.masked(format.masksMade() > made, format.broken(), System.nanoTime() - start);
    return mask;
  }

  private Sampled withChances(Plan.Row row, float[] logits, int count) {
    Chances.clean(logits);
    double normaliser = chances.normaliser(logits);
    Chances.Likeliest likeliest = chances.likeliest(logits, Math.max(1, count), normaliser);
    float[] raw = logits.clone();
    int token = sample(row, logits);
    return new Sampled(row.sequence(), token, (float) (raw[token] - normaliser), likeliest);
  }

  /** As transformers scores beams: bias and penalties change log probabilities, which are not normalised again. */
  private Sampled beam(Plan.Row row, float[] logits) {
    Chances.clean(logits);
    float normaliser = (float) chances.normaliser(logits);
    for (int id = 0; id < logits.length; id++) {
      logits[id] -= normaliser;
    }
    sampler.adjust(logits, sequences.sampling(row), sequences.answer(row));
    Chances.Likeliest likeliest = chances.likeliest(logits, sequences.beamCandidates(row), 0);
    return new Sampled(row.sequence(), likeliest.ids()[0], 0, likeliest);
  }
}
