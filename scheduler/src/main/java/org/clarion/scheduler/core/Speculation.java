package org.clarion.scheduler.core;

import org.jspecify.annotations.Nullable;

/**
 * Guesses what answers will say: the same as some earlier text did after the same words. Guesses are drafts, which the
 * ranks compute beside the next token and compare with what the model chooses; an answer never has a token that the
 * model did not choose. Deterministic; not thread-safe.
 *
 * <p>
 * <b>How many.</b> Let {@code r} be what a further row costs, as a part of what a token costs in a step without drafts:
 * {@code r = n x / T} for n answers, T the step's predicted time and x a row's. Where a draft is accepted with
 * likelihood {@code a} when those before it were, the k-th brings {@code a^k} tokens and costs {@code r}: drafts are
 * made as long as {@code a^k >= r}. {@link DraftGain} learns {@code a} for the sequence, starting from the replica's,
 * and stops drafting for one sequence or the replica where what was gained is less than what it cost. Now and then a
 * few are tried again.
 */
final class Speculation {
  /** What is believed at first, worth as much as a few drafts. */
  private static final double PRIOR = 0.7;
  /** Drafts after which the replica's gain is judged, and the steps of its first pause. */
  private static final int ENOUGH = 64;
  private static final int PAUSE = 256;
  /** The same for a sequence; its clock are the answer's tokens. */
  private static final int ENOUGH_OF_ONE = 16;
  private static final int PAUSE_OF_ONE = 32;
  /** Where drafts are not worthwhile as far as is known, a few are tried again after so many steps. */
  private static final int PROBE = 64;
  private static final int PROBED = 2;
  /** Parked sequences of the tenant that are looked into. */
  static final int SOURCES = 4;

  private final SchedulerPolicy.Speculation policy;
  private final DraftGain replica = new DraftGain(ENOUGH, PAUSE);
  private double ratio;
  private int left;
  private long step;
  /** Drafts computed, and of these accepted, since the start. */
  long drafted;
  long accepted;

  Speculation(SchedulerPolicy.Speculation policy) {
    this.policy = policy;
  }

  /** Whether answers of this kind can be drafted at all. */
  boolean allows(GenerationRequest request) {
    return policy.maxDraft() > 0 && request.beams() == null && request.sampling().takesLikeliest();
  }

  /** What there is to learn of one sequence. */
  static DraftGain ofOne() {
    return new DraftGain(ENOUGH_OF_ONE, PAUSE_OF_ONE);
  }

  /**
   * A step is planned.
   *
   * @param decodes
   *          the running answers' next tokens
   * @param most
   *          drafts that the step may have
   */
  void beginStep(StepModel model, StepModel.Load decodes, int most, long number) {
    step = number;
    double plain = model.nanos(decodes);
    boolean open = policy.maxDraft() > 0 && plain > 0 && replica.open(step);
    left = open ? most : 0;
    ratio = open ? decodes.rows() * model.nanosPerRow((double) decodes.context() / decodes.rows()) / plain : 1;
  }

  /** How many drafts the sequence's next row may have. */
  int most(Sequence sequence) {
    DraftGain gain = sequence.gain;
    int most = Math.min(Math.min(policy.maxDraft(), left), sequence.maxTokens - sequence.issued - 1);
    if (gain == null || most < 1 || !gain.open(sequence.generated)) {
      return 0;
    }
    double chance = gain.chance(replica.chance(PRIOR));
    int worthwhile = 0;
    for (double likely = chance; worthwhile < most && likely >= ratio; likely *= chance) {
      worthwhile++;
    }
    boolean probe = worthwhile == 0 && ratio < 1 && (step + sequence.id) % PROBE == 0;
    return probe ? Math.min(PROBED, most) : worthwhile;
  }

  /** The step has so many drafts more. */
  void take(int drafts) {
    left -= drafts;
  }

  /** A row came back. */
  void tell(Sequence sequence, int drafts, int kept, double atRatio) {
    drafted += drafts;
    accepted += kept;
    DraftGain gain = sequence.gain;
    if (drafts > 0 && gain != null) {
      replica.tell(drafts, kept, atRatio, step);
      gain.tell(drafts, kept, atRatio, sequence.generated);
    }
  }

  double ratio() {
    return ratio;
  }

  double gain() {
    return replica.gain();
  }

  /**
   * What the sequence will say next, at most so much: what follows where it, or one of its tenant's that is parked,
   * said most of the same; of equals its own, then the last.
   */
  int[] expected(Sequence sequence, Prefixes prefixes, int most) {
    Phrases own = sequence.phrases;
    if (own == null) {
      own = new Phrases(sequence.known);
      sequence.phrases = own;
    }
    Phrases.Place best = own.find(sequence.known);
    for (Phrases other : prefixes.phrases(sequence.tenant(), SOURCES)) {
      best = better(best, other.find(sequence.known));
    }
    return best == null ? new int[0] : best.following(most);
  }

  private static Phrases.@Nullable Place better(Phrases.@Nullable Place one, Phrases.@Nullable Place other) {
    return other != null && (one == null || other.length() > one.length()) ? other : one;
  }
}
