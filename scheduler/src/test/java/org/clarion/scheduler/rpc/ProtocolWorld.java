package org.clarion.scheduler.rpc;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.clarion.scheduler.api.ClusterState;
import org.clarion.scheduler.api.GenerationId;
import org.clarion.scheduler.api.GenerationKey;
import org.clarion.scheduler.api.Lease;
import org.clarion.scheduler.api.LeaseTable;
import org.clarion.scheduler.api.ReplicaId;
import org.clarion.scheduler.api.TenantId;
import org.clarion.scheduler.api.TokenLog;
import org.clarion.scheduler.cluster.memory.MemoryCluster;

/**
 * One schedule of the protocol between owners, log and readers: events in the order of a simulated time, on one thread,
 * all drawn from a seed. Faults strike for a while, then they stop and everybody has to get its answer. What must never
 * happen is checked where it would: at the lease table, at the log, and at every message that an owner emits.
 */
final class ProtocolWorld implements InstantSource {
  static final Duration LEASE = Duration.ofMillis(300);
  /** After which a call of shared state counts as unanswered, in milliseconds. */
  static final int DEADLINE = 100;
  private static final int FAULTS_END = 1_000;
  private static final int PATIENCE = 60_000;
  private static final int POSITION_BITS = 16;

  private record Event(long at, long order, Runnable what) {}

  final SplittableRandom random;
  final ClusterState state;
  final List<SimulatedOwner> owners = new ArrayList<>();
  final List<SimulatedReader> readers = new ArrayList<>();
  private final PriorityQueue<Event> events = new PriorityQueue<>(
      Comparator.comparingLong(Event::at).thenComparingLong(Event::order));
  private final Map<GenerationKey, int[]> logged = new HashMap<>();
  private final Map<GenerationKey, Claimed> claims = new HashMap<>();
  private final Map<ReplicaId, Lease> leases = new HashMap<>();
  private final double crashes;
  private final double losses;
  private final List<Integer> lengths = new ArrayList<>();
  private boolean faults = true;
  private long order;
  long now;
  long count;

  /** Who may write a generation: the last one that claimed it. */
  private record Claimed(long epoch, int life) {}

  /** Something that must never happen. */
  static final class Violation extends AssertionError {
    private static final long serialVersionUID = 1;

    Violation(String message) {
      super(message);
    }
  }

  ProtocolWorld(long seed) {
    random = new SplittableRandom(seed);
    state = new MemoryCluster(this, Duration.ofHours(1), Duration.ofHours(1)).join();
    crashes = random.nextInt(3) == 0 ? 0 : random.nextDouble() * 0.05;
    losses = random.nextInt(3) == 0 ? 0 : random.nextDouble() * 0.2;
    // Two schedulers of one replica, and one of another that serves the same model.
    for (int i = 0; i < 3; i++) {
      owners.add(new SimulatedOwner(this, i, new ReplicaId(i < 2 ? "r-0" : "r-1")));
    }
    int generations = 1 + random.nextInt(2);
    for (int g = 0; g < generations; g++) {
      lengths.add(1 + random.nextInt(24));
      int around = 1 + random.nextInt(2);
      for (int i = 0; i < around; i++) {
        readers.add(new SimulatedReader(this, g, key(g), random.nextInt(6) == 0));
      }
    }
  }

  /** Runs the schedule to its end. */
  void run() {
    owners.forEach(owner -> at(random.nextInt(100), owner::start));
    readers.forEach(reader -> at(random.nextInt(200), reader::connect));
    int strikes = random.nextInt(8);
    for (int i = 0; i < strikes; i++) {
      SimulatedOwner struck = owners.get(random.nextInt(owners.size()));
      at(random.nextInt(FAULTS_END), () -> strike(struck));
    }
    at(FAULTS_END, () -> {
      faults = false;
      owners.forEach(SimulatedOwner::heal);
    });
    while (readers.stream().anyMatch(reader -> !reader.settled())) {
      Event event = events.remove();
      if (event.at > PATIENCE) {
        throw new Violation("somebody has no answer " + PATIENCE + " ms after the start");
      }
      now = event.at;
      count++;
      event.what.run();
    }
  }

  // ---- time, network, faults

  void at(long delay, Runnable what) {
    events.add(new Event(now + delay, order++, what));
  }

  @Override
  public Instant instant() {
    return Instant.ofEpochMilli(now);
  }

  /** How long a message takes, in milliseconds; sometimes longer than anybody waits for it. */
  int delay() {
    return faults && random.nextInt(30) == 0 ? random.nextInt(4 * DEADLINE) : random.nextInt(6);
  }

  /** A datagram: late, lost or there twice. */
  void send(Runnable arrival) {
    if (!faults || random.nextDouble() >= losses) {
      at(delay(), arrival);
    }
    if (faults && random.nextDouble() < losses / 2) {
      at(delay(), arrival);
    }
  }

  /** A place in the protocol where a process may die or stand still. */
  void crashPoint(SimulatedOwner owner) {
    if (faults && random.nextDouble() < crashes) {
      strike(owner);
    }
  }

  boolean faulty() {
    return faults;
  }

  private void strike(SimulatedOwner owner) {
    switch (random.nextInt(4)) {
      case 0 -> owner.crash(1 + random.nextInt(1_000));
      case 1 -> owner.standStill(random.nextInt(1_200));
      case 2 -> owner.jump(random.nextLong(-3_600_000, 3_600_000));
      default -> readers.get(random.nextInt(readers.size())).hangUp();
    }
  }

  // ---- the one true text

  static GenerationKey key(int generation) {
    return new GenerationKey(new TenantId("clinic"), new GenerationId("g-" + generation));
  }

  int length(int generation) {
    return lengths.get(generation);
  }

  /** Whoever computes, the position is in the token; so is the life of the process, so that its work is told apart. */
  static int token(int position, int life) {
    return life << POSITION_BITS | position;
  }

  int[] logged(GenerationKey key) {
    return logged.getOrDefault(key, new int[0]);
  }

  boolean ended(GenerationKey key) {
    return state.tokenLog().read(key, Integer.MAX_VALUE).toCompletableFuture().join()
        .filter(TokenLog.Committed::finished).isPresent();
  }

  /** Tokens leave an owner: they have to be in the log, at that place. */
  void emitted(GenerationKey key, int from, List<Integer> tokens) {
    int[] log = logged(key);
    for (int i = 0; i < tokens.size(); i++) {
      if (from + i >= log.length || log[from + i] != tokens.get(i)) {
        throw new Violation("a token was emitted at " + (from + i) + " that is not in the log");
      }
    }
  }

  // ---- what holds in shared state

  /** After every change of a log. */
  void logChanged(GenerationKey key) {
    TokenLog.Committed log = state.tokenLog().read(key, 0).toCompletableFuture().join().orElseThrow();
    int[] before = logged(key);
    int[] tokens = log.tokens();
    if (tokens.length < before.length || !Arrays.equals(before, 0, before.length, tokens, 0, before.length)) {
      throw new Violation("acknowledged tokens are gone or changed");
    }
    Claimed claimed = claims.get(key);
    if (claimed == null || log.epoch() < claimed.epoch) {
      throw new Violation("the epoch of a log fell");
    }
    for (int i = before.length; i < tokens.length; i++) {
      if ((tokens[i] & (1 << POSITION_BITS) - 1) != i) {
        throw new Violation("the token of another position is in the log at " + i);
      }
      if (tokens[i] >> POSITION_BITS != claimed.life) {
        throw new Violation("an owner's tokens were accepted after another's claim");
      }
    }
    logged.put(key, tokens);
  }

  /** After every granted claim. */
  void claimed(GenerationKey key, long epoch, int life) {
    Claimed before = claims.put(key, new Claimed(epoch, life));
    if (before != null && (epoch < before.epoch || (epoch == before.epoch && life != before.life))) {
      throw new Violation("process " + life + " claimed a log under epoch " + epoch + " after " + before);
    }
    logChanged(key);
  }

  /** Asks the lease table, and sees to it that its epochs rise. */
  LeaseTable.Answer lease(ReplicaId replica, Supplier<LeaseTable.Answer> request) {
    LeaseTable.Answer answer = request.get();
    state.leases().find(replica).ifPresent(lease -> {
      Lease before = leases.put(replica, lease);
      if (before != null && (lease.epoch() < before.epoch()
          || (lease.epoch() == before.epoch() && !lease.owner().equals(before.owner())))) {
        throw new Violation("the epoch of a replica did not rise with its owner");
      }
    });
    return answer;
  }
}
