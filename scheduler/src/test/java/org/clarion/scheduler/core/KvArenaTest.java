package org.clarion.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KvArenaTest {
  @Test
  void equalRequestsLieEquallySpaced() {
    KvArena arena = new KvArena(256);
    for (int i = 0; i < 4; i++) {
      assertThat(arena.allocate(64)).contains(new Extent(64 * i, 64));
    }
    assertThat(arena.allocate(1)).isEmpty();
  }

  @Test
  void takesTheTightestHole() {
    KvArena arena = new KvArena(100);
    Extent first = arena.allocate(30).orElseThrow();
    arena.allocate(10);
    Extent second = arena.allocate(20).orElseThrow();
    arena.allocate(10);
    arena.free(first);
    arena.free(second);
    assertThat(arena.allocate(15)).contains(new Extent(40, 15));
    assertThat(arena.longestHole()).isEqualTo(30);
  }

  @Test
  void freeNeighboursJoin() {
    KvArena arena = new KvArena(90);
    List<Extent> extents = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      extents.add(arena.allocate(30).orElseThrow());
    }
    arena.free(extents.get(0));
    arena.free(extents.get(2));
    arena.free(extents.get(1));
    assertThat(arena.longestHole()).isEqualTo(90);
    arena.audit();
  }

  @Test
  void growsInPlaceOnly() {
    KvArena arena = new KvArena(100);
    Extent first = arena.allocate(20).orElseThrow();
    Extent second = arena.allocate(20).orElseThrow();
    assertThat(arena.grow(first, 30)).isEmpty();
    assertThat(arena.grow(second, 50)).contains(new Extent(20, 50));
    arena.audit();
  }

  @Test
  void freeingTwiceIsAFault() {
    KvArena arena = new KvArena(100);
    Extent extent = arena.allocate(20).orElseThrow();
    arena.free(extent);
    assertThatIllegalStateException().isThrownBy(() -> arena.free(extent)).withMessageContaining("not in use");
  }

  @Test
  void agreesWithABitmap() {
    Random random = new Random(11);
    KvArena arena = new KvArena(500);
    BitSet used = new BitSet();
    List<Extent> held = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      if (held.isEmpty() || random.nextInt(100) < 50) {
        int length = 1 + random.nextInt(80);
        Optional<Extent> extent = arena.allocate(length);
        assertThat(extent.isPresent()).isEqualTo(hasHole(used, length));
        extent.ifPresent(e -> {
          assertThat(used.get(e.offset(), e.end()).isEmpty()).isTrue();
          used.set(e.offset(), e.end());
          held.add(e);
        });
      } else {
        Extent extent = held.remove(random.nextInt(held.size()));
        if (random.nextInt(4) == 0) {
          Optional<Extent> grown = arena.grow(extent, extent.length() + 1 + random.nextInt(20));
          grown.ifPresent(g -> {
            assertThat(used.get(extent.end(), g.end()).isEmpty()).isTrue();
            used.set(extent.end(), g.end());
          });
          held.add(grown.orElse(extent));
        } else {
          arena.free(extent);
          used.clear(extent.offset(), extent.end());
        }
      }
      arena.audit();
      assertThat(arena.freePositions()).isEqualTo(500 - used.cardinality());
    }
  }

  private static boolean hasHole(BitSet used, int length) {
    for (int at = used.nextClearBit(0); at < 500; at = used.nextClearBit(at)) {
      int end = used.nextSetBit(at);
      end = end < 0 ? 500 : end;
      if (end - at >= length) {
        return true;
      }
      at = end;
    }
    return false;
  }
}
