package org.clarion.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompactionTest {
  /** What lies in an extent: which cells it needs, and what its loss costs. */
  private record Tenant(int mark, int kept, boolean fixed, double loss) {}

  /** An arena and the memory that it books, of which every cell names its owner. */
  private static final class Memory {
    final KvArena arena;
    final int[] cells;
    final Map<Integer, Tenant> tenants = new HashMap<>();

    Memory(int capacity) {
      arena = new KvArena(capacity);
      cells = new int[capacity];
    }

    void fill(Random random) {
      boolean anyFixed = random.nextInt(3) == 0;
      List<Extent> taken = new ArrayList<>();
      for (Optional<Extent> extent = arena.allocate(1 + random.nextInt(40)); extent.isPresent(); extent = arena
          .allocate(1 + random.nextInt(40))) {
        taken.add(extent.get());
      }
      for (Extent extent : taken) {
        if (random.nextBoolean()) {
          arena.free(extent);
        } else {
          int kept = random.nextInt(3) == 0 ? 1 + random.nextInt(extent.length()) : extent.length();
          put(extent, new Tenant(1000 + extent.offset(), kept, anyFixed && random.nextInt(4) == 0,
              random.nextInt(3) == 0 ? random.nextInt(5 * extent.length()) : Double.POSITIVE_INFINITY));
        }
      }
    }

    void put(Extent extent, Tenant tenant) {
      tenants.put(extent.offset(), tenant);
      Arrays.fill(cells, extent.offset(), extent.offset() + tenant.kept(), tenant.mark());
    }

    Tenant tenant(Extent extent) {
      return Objects.requireNonNull(tenants.get(extent.offset()));
    }

    Compaction compaction() {
      Compaction compaction = new Compaction(arena.blocks());
      arena.visit(compaction::hole, extent -> {
        Tenant tenant = tenant(extent);
        if (tenant.fixed()) {
          compaction.fixed(extent);
        } else {
          compaction.movable(extent, tenant.kept(), tenant.kept(), tenant.loss());
        }
      });
      return compaction;
    }

    /** Goes the way; answers where the extent lies then, and adds up what it cost. */
    Extent go(Compaction.Way way, Extent follow, double[] cost) {
      for (Extent extent : way.givenUp()) {
        cost[0] += Objects.requireNonNull(tenants.remove(extent.offset())).loss();
        arena.free(extent);
      }
      Extent followed = follow;
      for (Compaction.Move move : way.moves()) {
        Tenant tenant = Objects.requireNonNull(tenants.remove(move.extent().offset()));
        assertThat(tenant.fixed()).isFalse();
        assertThat(move.length()).isEqualTo(tenant.kept());
        Extent cut = arena.shrink(move.extent(), move.length());
        Extent to = cut.offset() == move.to() ? cut : arena.move(cut, move.to());
        tenants.put(to.offset(), tenant);
        System.arraycopy(cells, cut.offset(), cells, to.offset(), to.length());
        cost[0] += to.equals(cut) ? 0 : tenant.kept();
        followed = move.extent().equals(follow) ? to : followed;
        arena.audit();
      }
      return followed;
    }

    void check() {
      for (Extent extent : arena.used().values()) {
        Tenant tenant = tenant(extent);
        for (int i = 0; i < tenant.kept(); i++) {
          assertThat(cells[extent.offset() + i]).isEqualTo(tenant.mark());
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void everyCellIsKeptAndTheHoleIsThere(long seed) {
    Random random = new Random(seed);
    int moved = 0;
    int givenUp = 0;
    for (int trial = 0; trial < 500; trial++) {
      Memory memory = new Memory(64 + random.nextInt(200));
      memory.fill(random);
      List<Extent> all = memory.arena.used().values().stream()
          .filter(extent -> !memory.tenant(extent).fixed()).toList();
      @Nullable
      Extent before = all.isEmpty() || random.nextBoolean() ? null : all.get(random.nextInt(all.size()));
      int length = 1 + random.nextInt(memory.cells.length / 2);
      Compaction.Way way = memory.compaction().way(length, before);
      assertThat(way != null).isEqualTo(memory.compaction().possible(length, before));
      if (memory.tenants.values().stream().noneMatch(Tenant::fixed)) {
        assertThat(way != null).as("the total suffices").isEqualTo(reclaimable(memory, before) >= length);
      }
      if (way == null) {
        continue;
      }
      moved += way.moves().size();
      givenUp += way.givenUp().size();
      double[] cost = {0};
      Extent follows = memory.go(way, before == null ? new Extent(0, 1) : before, cost);
      memory.check();
      assertThat(cost[0]).isLessThanOrEqualTo(way.cost());
      assertThat(before == null
          ? memory.arena.allocate(length).isPresent()
          : memory.arena.grow(follows, follows.length() + length).isPresent()).isTrue();
    }
    assertThat(moved).isGreaterThan(200);
    assertThat(givenUp).isGreaterThan(20);
  }

  private static int reclaimable(Memory memory, @Nullable Extent before) {
    int positions = memory.arena.freePositions();
    for (Extent extent : memory.arena.used().values()) {
      Tenant tenant = memory.tenant(extent);
      boolean givenUp = tenant.loss() < Double.POSITIVE_INFINITY && !extent.equals(before);
      positions += givenUp ? extent.length() : extent.length() - tenant.kept();
    }
    return positions;
  }

  @Test
  void theCheapestRunIsTaken() {
    KvArena arena = new KvArena(100);
    Extent first = arena.allocate(10).orElseThrow();
    Extent big = arena.allocate(40).orElseThrow();
    Extent second = arena.allocate(10).orElseThrow();
    Extent small = arena.allocate(5).orElseThrow();
    arena.free(first);
    arena.free(second);
    Compaction compaction = new Compaction(arena.blocks());
    arena.visit(compaction::hole,
        extent -> compaction.movable(extent, extent.length(), extent.length(), Double.POSITIVE_INFINITY));
    assertThat(compaction.way(40, null)).isEqualTo(
        new Compaction.Way(List.of(), List.of(new Compaction.Move(small, 5, 50)), 5));
    assertThat(big.offset()).isEqualTo(10);
  }

  /** Of a row of extents with one hole in the middle, the one that nobody wants goes, however far a dear one is. */
  @Test
  void lossAndCopiesAreWeighed() {
    assertThat(wayBeside(3)).as("giving up is cheaper").satisfies(way -> {
      assertThat(way.givenUp()).containsExactly(new Extent(60, 20));
      assertThat(way.moves()).isEmpty();
    });
    assertThat(wayBeside(500)).as("moving is cheaper").satisfies(way -> {
      assertThat(way.givenUp()).isEmpty();
      assertThat(way.moves()).containsExactly(new Compaction.Move(new Extent(60, 20), 20, 50));
    });
  }

  private static Compaction.Way wayBeside(double loss) {
    Compaction compaction = new Compaction(4);
    compaction.movable(new Extent(0, 50), 50, 50, Double.POSITIVE_INFINITY);
    compaction.hole(new Extent(50, 10));
    compaction.movable(new Extent(60, 20), 20, 20, loss);
    compaction.hole(new Extent(80, 10));
    return Objects.requireNonNull(compaction.way(20, null));
  }

  /** An unused end behind the middle is as good as a hole. */
  @Test
  void unusedEndsAreCut() {
    Compaction compaction = new Compaction(2);
    compaction.movable(new Extent(0, 50), 20, 20, 5000);
    compaction.movable(new Extent(50, 50), 50, 50, Double.POSITIVE_INFINITY);
    assertThat(compaction.way(30, null)).isEqualTo(
        new Compaction.Way(List.of(), List.of(new Compaction.Move(new Extent(0, 50), 20, 0)), 0));
  }
}
