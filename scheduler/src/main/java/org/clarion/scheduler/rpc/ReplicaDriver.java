package org.clarion.scheduler.rpc;

import io.grpc.Channel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.clarion.proto.v1.ExecuteResponse;
import org.clarion.proto.v1.OpenReplica;
import org.clarion.proto.v1.ReplicaOpened;
import org.clarion.proto.v1.StepResult;
import org.clarion.rpc.ServiceError;
import org.clarion.scheduler.core.StepPlan;
import org.jspecify.annotations.Nullable;

/**
 * Keeps all ranks of a replica in step: opens them with an epoch, sends every plan to each, answers a step when every
 * rank has. A rank that fails, contradicts or lags takes the whole replica down; opening it again with a higher epoch
 * is the owner's decision. Belongs to the owner's thread, also its listener's calls; answers of ranks come through
 * {@code owner}.
 */
final class ReplicaDriver {
  /** Told what becomes of the replica, on the owner's thread. */
  interface Listener {
    /** Every rank serves the epoch. */
    void opened(long epoch, Shape shape);

    /** Every rank has executed the oldest plan under way. */
    void executed(org.clarion.scheduler.core.StepResult result);

    /** Nothing comes from this epoch any more. */
    void down(String reason);
  }

  /** What the ranks have in common: the least of each. */
  record Shape(int arenaTokens, int maxContext, int hidden, int vocabulary, int imageTokens) {
    /** What every rank can do. */
    static Shape of(List<ReplicaOpened> opened) {
      return new Shape(least(opened, ReplicaOpened::getArenaTokens), least(opened, ReplicaOpened::getMaxContext),
          least(opened, ReplicaOpened::getHidden), least(opened, ReplicaOpened::getVocabulary),
          least(opened, ReplicaOpened::getImageTokens));
    }

    private static int least(List<ReplicaOpened> opened, ToIntFunction<ReplicaOpened> size) {
      return opened.stream().mapToInt(size).min().orElseThrow();
    }
  }

  /**
   * How long to wait.
   *
   * @param open
   *          for all ranks to open
   * @param step
   *          for the results of a step that is predicted to be short
   */
  record Patience(Duration open, Duration step) {}

  /** When the owner's thread did not look for so long, it was it that stood still, not the ranks. */
  private static final Duration STANDSTILL = Duration.ofSeconds(1);

  private static final class Step {
    final long number;
    final Duration limit;
    final List<@Nullable StepResult> results;
    int missing;

    Step(long number, Duration limit, int ranks) {
      this.number = number;
      this.limit = limit;
      results = new ArrayList<>();
      for (int i = 0; i < ranks; i++) {
        results.add(null);
      }
      missing = ranks;
    }
  }

  private final ReplicaSpec replica;
  private final Function<String, Channel> channels;
  private final Duration openPatience;
  private final StepPatience stepPatience;
  private final Executor owner;
  private final Listener listener;
  private final List<RankCall> calls = new ArrayList<>();
  private final List<ReplicaOpened> opened = new ArrayList<>();
  private final Deque<Step> steps = new ArrayDeque<>();
  private long epoch;
  private long progressAt;
  private long checkedAt;

  ReplicaDriver(ReplicaSpec replica, Function<String, Channel> channels, Patience patience, Executor owner,
      Listener listener) {
    this.replica = replica;
    this.channels = channels;
    this.openPatience = patience.open();
    this.stepPatience = new StepPatience(patience.step(), patience.open());
    this.owner = owner;
    this.listener = listener;
  }

  /** Opens every rank; ends what an earlier epoch had under way. */
  void open(long newEpoch, long now) {
    close();
    epoch = newEpoch;
    progressAt = now;
    RankCall.Listener answers = new RankCall.Listener() {
      @Override
      public void answered(RankCall call, ExecuteResponse response) {
        owner.execute(() -> answer(call, response));
      }

      @Override
      public void ended(RankCall call, @Nullable Throwable error) {
        owner.execute(() -> end(call, error));
      }
    };
    int ranks = replica.ranks().size();
    try {
      for (int rank = 0; rank < ranks; rank++) {
        OpenReplica open = OpenReplica.newBuilder().setReplica(replica.id().value()).setEpoch(newEpoch)
            .setModel(replica.model()).setRank(rank).setRanks(ranks).build();
        calls.add(new RankCall(rank, channels.apply(replica.ranks().get(rank)), open, answers));
      }
    } catch (RuntimeException e) {
      fail("a rank cannot be called: " + ServiceError.from(e).message());
    }
  }

  /**
   * Sends a plan to every rank.
   *
   * @param predicted
   *          how long it should take, zero when that is not known
   */
  void send(StepPlan plan, Duration predicted, long now) {
    if (steps.isEmpty()) {
      progressAt = now;
    }
    steps.add(new Step(plan.step(), stepPatience.limit(predicted), calls.size()));
    org.clarion.proto.v1.StepPlan wire = Wire.plan(plan);
    calls.forEach(call -> call.send(wire));
  }

  /** Notices ranks that lag. To be called several times a second while anything is under way. */
  void check(long now) {
    long unwatched = now - checkedAt;
    checkedAt = now;
    if (unwatched > STANDSTILL.toNanos()) {
      progressAt += unwatched;
    }
    if (calls.isEmpty()) {
      return;
    }
    if (opened.size() < calls.size()) {
      if (now - progressAt > openPatience.toNanos()) {
        fail("no opening from every rank within " + openPatience);
      }
    } else if (!steps.isEmpty()) {
      Duration limit = steps.getFirst().limit;
      if (now - progressAt > limit.toNanos()) {
        stepPatience.exceeded();
        fail("no result from every rank within " + limit);
      }
    }
  }

  /** Takes the replica down. */
  void fail(String reason) {
    close();
    listener.down(reason);
  }

  /** Ends all calls. */
  void close() {
    List<RankCall> ending = List.copyOf(calls);
    calls.clear();
    opened.clear();
    steps.clear();
    ending.forEach(RankCall::cancel);
  }

  private void answer(RankCall call, ExecuteResponse response) {
    if (!calls.contains(call)) {
      return;
    }
    switch (response.getMessageCase()) {
      case OPENED -> openedBy(call, response.getOpened());
      case RESULT -> executedBy(call, response.getResult());
      case MESSAGE_NOT_SET -> fail("rank " + call.rank + " sent an empty message");
    }
  }

  private void openedBy(RankCall call, ReplicaOpened answer) {
    if (answer.getEpoch() != epoch || answer.getRank() != call.rank || opened.size() == calls.size()) {
      fail("rank " + call.rank + " opened epoch " + answer.getEpoch() + " as rank " + answer.getRank() + ", not epoch "
          + epoch);
      return;
    }
    opened.add(answer);
    if (opened.size() == calls.size()) {
      listener.opened(epoch, Shape.of(opened));
    }
  }

  private void executedBy(RankCall call, StepResult result) {
    Step step = steps.stream().filter(s -> s.results.get(call.rank) == null).findFirst().orElse(null);
    if (step == null || result.getEpoch() != epoch || result.getStep() != step.number) {
      fail("rank " + call.rank + " answered step " + result.getStep() + " of epoch " + result.getEpoch()
          + " while epoch " + epoch + " awaits " + (step == null ? "none" : "step " + step.number));
      return;
    }
    step.results.set(call.rank, result);
    step.missing--;
    while (!steps.isEmpty() && steps.getFirst().missing == 0) {
      progressAt = System.nanoTime();
      stepPatience.kept();
      List<StepResult> all = new ArrayList<>();
      for (StepResult one : steps.removeFirst().results) {
        if (one != null) {
          all.add(one);
        }
      }
      deliver(all);
    }
  }

  private void deliver(List<StepResult> all) {
    try {
      listener.executed(Wire.result(all));
    } catch (IllegalArgumentException e) {
      fail("a result that does not fit its plan: " + e.getMessage());
    }
  }

  private void end(RankCall call, @Nullable Throwable error) {
    if (calls.contains(call)) {
      fail("rank " + call.rank + " ended its call: "
          + (error == null ? "no reason given" : ServiceError.from(error).message()));
    }
  }
}
