package org.clarion.scheduler.rpc;

import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.clarion.proto.v1.GenerateResponse;
import org.clarion.proto.v1.GenerateStart;
import org.clarion.proto.v1.Placed;
import org.clarion.rpc.ServiceError;
import org.clarion.scheduler.api.GenerationKey;
import org.clarion.scheduler.api.GenerationRecord;
import org.clarion.scheduler.api.Lease;
import org.clarion.scheduler.api.LeaseTable;
import org.clarion.scheduler.api.OwnerId;
import org.clarion.scheduler.api.ReplicaId;
import org.clarion.scheduler.api.TokenLog;
import org.clarion.scheduler.cluster.LeaseHold;
import org.clarion.scheduler.cluster.LeaseWatch;
import org.clarion.scheduler.core.FinishReason;
import org.clarion.scheduler.core.Positions;
import org.clarion.scheduler.core.SchedulerEvent;
import org.jspecify.annotations.Nullable;

/**
 * A scheduler process of the simulation. Lease, claim, commit and emission are the production classes; threads, the
 * core and the ranks are events that add tokens.
 */
final class SimulatedOwner {
  private static final int OPENING = 20;
  private static final int RETRY = 20;

  private final ProtocolWorld world;
  private final int number;
  private final ReplicaId replica;
  private final int drift;
  private final Map<GenerationKey, Generation> underway = new HashMap<>();
  private final Map<Generation, Running> running = new LinkedHashMap<>();
  private final Map<ReplicaId, LeaseWatch> watches = new HashMap<>();
  private boolean up;
  private int life;
  private long standsUntil;
  private long skew;
  private LeaseHold hold;
  private SimulatedLog log;
  private Committer committer;
  private int asked;
  private boolean owned;
  private boolean serving;
  private long epoch;

  /** What the core and the ranks are of a generation. */
  private static final class Running {
    int next;
    final int length;

    Running(int next, int length) {
      this.next = next;
      this.length = length;
    }
  }

  SimulatedOwner(ProtocolWorld world, int number, ReplicaId replica) {
    this.world = world;
    this.number = number;
    this.replica = replica;
    drift = world.random.nextInt(-30, 31);
    skew = world.random.nextLong(-5_000, 5_000);
    hold = new LeaseHold(replica, ProtocolWorld.LEASE);
    log = new SimulatedLog(world, this);
    committer = committer();
  }

  private Committer committer() {
    return new Committer(log, what -> later(0, what), what -> later(RETRY, what), new Commits());
  }

  // ---- the process

  /** Of all processes there ever were, which this is. */
  int life() {
    return 1 + number + life * 3;
  }

  void start() {
    up = true;
    hold = new LeaseHold(replica, ProtocolWorld.LEASE);
    log = new SimulatedLog(world, this);
    committer = committer();
    askForLease();
    later(world.random.nextInt(20), this::step);
  }

  /** Nothing of it is left, and its readers' connections break; another process takes its place. */
  void crash(int away) {
    if (!up) {
      return;
    }
    up = false;
    life++;
    asked++;
    standsUntil = 0;
    owned = false;
    serving = false;
    underway.clear();
    running.clear();
    watches.clear();
    world.readers.forEach(reader -> reader.lost(this));
    world.at(away, this::start);
  }

  /** SIGSTOP, a long collection, a host that swaps. */
  void standStill(int millis) {
    standsUntil = Math.max(standsUntil, world.now + millis);
  }

  void jump(long millis) {
    skew += millis;
  }

  void heal() {
    standsUntil = Math.min(standsUntil, world.now);
  }

  /** Runs in this process after a while, unless it has died by then; later if it stands still. */
  void later(long delay, Runnable what) {
    int mine = life;
    world.at(delay, () -> enter(mine, what));
  }

  /** Runs in this process, never in the next one. */
  Executor now() {
    int mine = life;
    return what -> world.at(0, () -> enter(mine, what));
  }

  private void enter(int of, Runnable what) {
    if (of != life || !up) {
      return;
    }
    if (standsUntil > world.now) {
      world.at(standsUntil - world.now, () -> enter(of, what));
    } else {
      what.run();
    }
  }

  private long nanos() {
    return world.now * (1_000 + drift) * 1_000 + life * 77_777_777L;
  }

  private long wallMillis() {
    return 10_000_000 + world.now + skew;
  }

  // ---- the lease

  private void askForLease() {
    LeaseHold.Request request = hold.ask(nanos(), wallMillis());
    OwnerId me = new OwnerId("owner-" + life());
    int ask = ++asked;
    later(ProtocolWorld.DEADLINE, () -> {
      if (ask == asked) {
        answered(hold.unanswered(nanos()));
      }
    });
    world.send(() -> {
      LeaseTable.Answer answer = world.lease(replica, () -> switch (request) {
        case LeaseHold.Request.Renew renew -> world.state.leases().renew(renew.lease());
        case LeaseHold.Request.Acquire acquire ->
          world.state.leases().acquire(replica, me, acquire.leastEpoch(), acquire.overdue());
      });
      world.send(() -> later(0, () -> {
        if (ask == asked) {
          answered(hold.answered(request, answer));
        }
      }));
    });
  }

  private void answered(LeaseHold.Change change) {
    asked++;
    Lease held = hold.lease();
    if (change == LeaseHold.Change.GRANTED && held != null) {
      owned = true;
      serving = false;
      epoch = held.epoch();
      later(OPENING, () -> serving = owned && epoch == held.epoch());
    } else if (change == LeaseHold.Change.LOST) {
      giveUp();
    }
    int next = asked;
    later(hold.pause().toMillis(), () -> {
      if (next == asked) {
        askForLease();
      }
    });
  }

  private void giveUp() {
    owned = false;
    serving = false;
    List.copyOf(running.keySet()).forEach(this::drop);
  }

  private void drop(Generation generation) {
    committer.forget(generation);
    running.remove(generation);
    retract(generation, new ServiceError.Unavailable("not driven here any more"));
  }

  private void retract(Generation generation, ServiceError error) {
    underway.remove(generation.key, generation);
    generation.tape.fail(error);
  }

  // ---- the core and the ranks

  private void step() {
    if (serving && !committer.congested()) {
      running.forEach((generation, core) -> {
        if (generation.end == null) {
          advance(generation, core);
        }
      });
      committer.flush();
    }
    if (world.faulty() && serving && world.random.nextInt(300) == 0) {
      // A rank dies: the replica is opened again under a higher epoch.
      serving = false;
      hold.raise(0);
    }
    later((running.isEmpty() ? 20 : 5) + world.random.nextInt(20), this::step);
  }

  private void advance(Generation generation, Running core) {
    int more = Math.min(1 + world.random.nextInt(3), core.length - core.next);
    for (int i = 0; i < more; i++) {
      generation.add(ProtocolWorld.token(core.next++, life()));
    }
    if (core.next == core.length) {
      generation.end = new Generation.End.Answered(FinishReason.LENGTH,
          new SchedulerEvent.Outcome(1, 0, core.length, Positions.of(List.of())));
    }
    committer.touch(generation);
  }

  private final class Commits implements Committer.Sink {
    @Override
    public void committed(Generation generation, int[] tokens) {
      generation.tape.commit(tokens);
    }

    @Override
    public void ended(Generation generation) {
      if (running.remove(generation) != null && generation.end instanceof Generation.End.Answered answered) {
        // Its session is written meanwhile.
        later(world.delay(), () -> {
          underway.remove(generation.key, generation);
          generation.tape.complete(Wire.finished(answered.ending()));
        });
      }
    }

    @Override
    public void refused(Generation generation, ServiceError error) {
      drop(generation);
    }
  }

  // ---- readers

  /** A reader's call has arrived. */
  void read(SimulatedReader.Connection call, GenerateStart start, GenerationKey key, int from) {
    Generation live = underway.get(key);
    if (live != null) {
      join(call, live, from);
      return;
    }
    Optional<GenerationRecord> before = world.state.generations().find(key);
    if (!owned || !serving || before.filter(record -> heldElsewhere(record.replica())).isPresent()) {
      call.elsewhere();
      return;
    }
    Generation mine = new Generation(key, start, _ -> {
    });
    underway.put(key, mine);
    await(mine, call, log.read(key, Integer.MAX_VALUE).toCompletableFuture(), logged -> {
      if (before.isPresent() && Resumption.forgotten(logged.isPresent(), from, false)) {
        throw new ProtocolWorld.Violation("a placed generation has no log");
      }
      claim(call, mine, before.orElse(null), from);
    });
  }

  private void join(SimulatedReader.Connection call, Generation live, int from) {
    if (live.tape.placed() == null || from <= live.tape.committed()) {
      call.reads(live, from);
      return;
    }
    var _ = log.read(live.key, Integer.MAX_VALUE).whenComplete((logged, error) -> call.fails(error == null
        ? Resumption.ahead(from, logged.map(TokenLog.Committed::end).orElse(0))
        : new ServiceError.Unavailable("shared state does not answer")));
  }

  private boolean heldElsewhere(ReplicaId other) {
    if (other.equals(replica)) {
      return false;
    }
    LeaseWatch watch = watches.computeIfAbsent(other, _ -> new LeaseWatch(ProtocolWorld.LEASE));
    Optional<Lease> newest = world.state.leases().find(other);
    watch.see(newest, nanos());
    return newest.isPresent() && watch.overdue(nanos()) == null;
  }

  private void claim(SimulatedReader.Connection call, Generation mine, @Nullable GenerationRecord before, int from) {
    long under = epoch;
    await(mine, call, log.claim(under, mine.key).toCompletableFuture(), committed -> {
      switch (Resumption.of(committed, from)) {
        case Resumption.Lost lost -> {
          call.fails(GenerationStream.lost(from, lost.committed()));
          retract(mine, new ServiceError.Unavailable("not under way"));
        }
        case Resumption.Ended ended -> {
          call.reads(mine, from);
          mine.tape.commit(committed.tokens());
          mine.tape.complete(Wire.finished(ended.ending()));
          mine.tape.open(Placed.getDefaultInstance());
          underway.remove(mine.key, mine);
        }
        case Resumption.GoesOn _ -> {
          call.reads(mine, from);
          later(world.delay(), () -> admit(mine, committed, before));
        }
      }
    });
  }

  private void admit(Generation mine, TokenLog.Committed committed, @Nullable GenerationRecord before) {
    if (!owned || !serving) {
      retract(mine, new ServiceError.Unavailable("not driven here any more"));
      return;
    }
    int[] tokens = committed.tokens();
    if (tokens.length > 0) {
      mine.tape.commit(tokens);
    }
    mine.epoch = committed.epoch();
    mine.logged = tokens.length;
    running.put(mine, new Running(tokens.length, mine.start.getMaxTokens()));
    world.crashPoint(this);
    later(0, () -> {
      world.state.generations().put(mine.key, before == null
          ? new GenerationRecord(new byte[0], replica, 0, Instant.EPOCH)
          : before.at(replica));
      world.crashPoint(this);
      later(0, () -> mine.tape.open(Placed.getDefaultInstance()));
    });
  }

  /** What a caller's thread does when shared state has answered. */
  private <T> void await(Generation mine, SimulatedReader.Connection call, CompletableFuture<T> answer,
      Consumer<T> then) {
    // As an event of its own, so that what is found wrong comes out of it and does not stay in the future.
    var _ = answer.whenComplete((value, error) -> later(0, () -> {
      if (error == null) {
        then.accept(value);
        return;
      }
      Resumption.higherEpoch(error).ifPresent(above -> {
        if (owned && epoch <= above) {
          hold.raise(above);
        }
      });
      call.elsewhere();
      retract(mine, new ServiceError.Unavailable("shared state does not answer"));
    }));
  }

  /** For the first message of a call. */
  static GenerateResponse opening(Placed placed) {
    return GenerateResponse.newBuilder().setPlaced(placed).build();
  }
}
