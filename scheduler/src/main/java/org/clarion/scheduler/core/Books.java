package org.clarion.scheduler.core;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What a scheduler knows and its {@link Planning} needs: who waits, who runs, and where. Not thread-safe. */
final class Books {
  /** STAT's quota lasts for so many full steps at most. */
  private static final int STAT_BURST_STEPS = 64;

  final SchedulerLimits limits;
  final SchedulerPolicy policy;
  final FairQueue queue;
  final Waits waits;
  final StepModel model = new StepModel();
  final ImageTable images = new ImageTable();
  final KvHistory memory = new KvHistory();
  final AnswerLengths lengths = new AnswerLengths();
  final Speculation speculation;
  /** Those that hold an extent and rows. */
  final List<Sequence> running = new ArrayList<>();
  /** Those that lost them, the first to run again first. */
  final Deque<Sequence> preempted = new ArrayDeque<>();
  /** Names that the ranks may forget with the next plan. */
  final Set<Long> released = new LinkedHashSet<>();
  KvCache cache;
  int maxContext;
  /** The last planned step of the epoch. */
  long step;
  long nextWire = 1;
  /** Sequences that lost their place to others, since the start. */
  long displaced;

  Books(SchedulerLimits limits, SchedulerPolicy policy) {
    this.limits = limits;
    this.policy = policy;
    queue = new FairQueue(policy, (long) STAT_BURST_STEPS * limits.tokenBudget() * FairQueue.PREFILL_COST);
    waits = new Waits(limits.embeddingWait());
    speculation = new Speculation(policy.speculation());
    cache = new KvCache(1, 1, 1, images, memory, lengths);
  }

  /** Rows that the running sequences may have. */
  int rowsHeld() {
    int held = 0;
    for (Sequence sequence : running) {
      held += sequence.rows();
    }
    return held;
  }

  /** Charges the next positions, those excepted that were paid for before the replica lost them. */
  void charge(Sequence sequence, int count, int cost) {
    int end = sequence.planned + count;
    queue.charge(sequence, (long) (end - Math.max(sequence.planned, Math.min(sequence.paid, end))) * cost);
    sequence.paid = Math.max(sequence.paid, end);
  }

  /** The sequence goes no further before its images are there. */
  void awaitEmbedding(Sequence sequence, long now) {
    // A chunk on its way may be told of the loss after its sequence has stopped before the image for another's sake.
    if (sequence.state() != SequenceState.AWAITING_EMBEDDING) {
      sequence.become(SequenceState.AWAITING_EMBEDDING);
    }
    waits.begun(sequence, now);
  }
}
