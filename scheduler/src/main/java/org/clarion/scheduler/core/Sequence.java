package org.clarion.scheduler.core;

import java.util.List;
import java.util.stream.LongStream;
import org.clarion.scheduler.api.EmbeddingKey;
import org.clarion.scheduler.api.TenantId;
import org.jspecify.annotations.Nullable;

/**
 * One generation's positions and how far they are computed:
 * {@code 0 <= computed <= planned <= known + tokens in flight}. With drafts in flight it may come farther than planned,
 * by {@code ahead} at most.
 */
final class Sequence {
  final long id;
  final GenerationRequest request;
  final Positions known;
  final List<EmbeddingKey> images;
  /** Cut to what fits. */
  final int maxTokens;
  private SequenceState state = SequenceState.WAITING;
  /** The search for the answer, for one that is looked for with beams. */
  final @Nullable BeamGroup beams;
  /** Its name at the ranks, another one after every restart; 0 before the first. A beam search has more names. */
  long wire;
  @Nullable
  Extent extent;
  /** Positions whose keys and values are there, as results have told. */
  int computed;
  /** Positions granted, those in flight included, drafts not. */
  int planned;
  /** Drafts in flight. */
  int ahead;
  /** Whether drafts were in flight since it began, so that its rows have to be {@link StepPlan.RowKind#VERIFY}. */
  boolean verifies;
  /** What drafts have brought; null where none are made. */
  final @Nullable DraftGain gain;
  /** What it says where, once that was asked. */
  @Nullable
  Phrases phrases;
  /** Tokens of the answer. */
  int generated;
  /** Tokens of the answer, those in flight included. */
  int issued;
  /** Prompt positions taken over at the first start. */
  int cached;
  /** Rows of an earlier attempt are void. */
  int attempt;
  int restarts;
  /** How often it lost its place to others. */
  int displaced;
  /** Positions that it has as a copy of what another sequence still has. */
  int borrowed;
  /** Steps in which a later generation was started because this one found no room. */
  int passedOver;
  boolean started;
  /** Turns of its session that the replica remembers, this one included. */
  int turns = 1;
  /** When it began to wait for an embedding. */
  long awaitingSince;
  /** When it was admitted. */
  final long admittedAt;
  /** The step that granted it something last, or began it. */
  long grantedAt;
  /** Positions below are paid for: computing them again is nobody's fault who asked for them. */
  int paid;

  Sequence(long id, GenerationRequest request, int maxTokens, boolean drafted, long now) {
    this.id = id;
    admittedAt = now;
    this.request = request;
    this.maxTokens = maxTokens;
    known = request.prompt().copy();
    for (int token : request.committed()) {
      known.append(token);
    }
    generated = request.committed().length;
    issued = generated;
    BeamSettings settings = request.beams();
    beams = settings == null ? null : new BeamGroup(request, settings, maxTokens);
    gain = drafted ? Speculation.ofOne() : null;
    images = request.prompt().images().map(image -> new EmbeddingKey(request.tenant(), image)).toList();
  }

  SequenceState state() {
    return state;
  }

  TenantId tenant() {
    return request.tenant();
  }

  ClinicalClass clinicalClass() {
    return request.terms().clinicalClass();
  }

  int promptLength() {
    return request.prompt().length();
  }

  /** Rows that it may have in a step. */
  int rows() {
    return beams == null ? 1 : beams.width;
  }

  /** Positions that the sequence needs until its end, for all its rows. */
  int needed() {
    int length = promptLength() + maxTokens;
    return beams == null ? length : rows() * Math.ceilDiv(length, Extent.ALIGNMENT) * Extent.ALIGNMENT;
  }

  /** All its names at the ranks. */
  LongStream wires() {
    return beams == null ? LongStream.of(wire) : beams.wires();
  }

  /** Where its prompt lies, and its tokens unless there are beams. */
  @Nullable
  Extent place() {
    Extent all = extent;
    return beams == null || all == null ? all : beams.part(all, 0);
  }

  boolean ended() {
    return state == SequenceState.FINISHED || state == SequenceState.PARKED;
  }

  /** Whether it holds a row. */
  boolean resident() {
    return extent != null && !ended();
  }

  /** The one way from one state to another. */
  void become(SequenceState next) {
    if (!state.next().contains(next)) {
      throw new IllegalStateException("sequence " + id + " cannot become " + next + " from " + state);
    }
    state = next;
  }

  /** Forgets what is in flight and goes on from {@code position}. */
  void rewind(int position) {
    attempt++;
    planned = position;
    computed = Math.min(computed, position);
    issued = generated;
    ahead = 0;
    verifies = false;
  }

  /** Positions that its extent needs for the next token, drafts in flight included. */
  int reachNext() {
    return Math.min(reach() + 1, needed());
  }

  /** Positions that would have to be computed again if it lost its place. */
  int wasted() {
    return Math.max(planned - borrowed, 0);
  }

  /** Positions that may have been written, those in flight and all drafts included. */
  int reach() {
    return planned + ahead;
  }

  SchedulerEvent.Outcome outcome() {
    return new SchedulerEvent.Outcome(promptLength(), Math.min(cached, promptLength()), generated, known.copy());
  }
}
