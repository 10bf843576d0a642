package org.clarion.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TurnsTest {
  /** An item, which of its owner's it was when it came, and what others have had since. */
  private static final class Item {
    final int owner;
    final int nth;
    final Map<Integer, Integer> others = new HashMap<>();

    Item(int owner, int nth) {
      this.owner = owner;
      this.nth = nth;
    }
  }

  @Test
  void ownersHaveTheirTurns() {
    Turns<String, Integer> turns = new Turns<>(100);
    for (int i = 0; i < 5; i++) {
      assertThat(turns.offer("flood", i)).isTrue();
    }
    turns.offer("one", 10);
    turns.offer("two", 20);
    turns.offer("two", 21);
    assertThat(turns.remove("flood", 1)).isTrue();
    assertThat(turns.remove("flood", 1)).isFalse();
    assertThat(turns.remove("nobody", 1)).isFalse();
    List<Integer> taken = new ArrayList<>();
    while (turns.size() > 0) {
      taken.add(turns.next().orElseThrow());
    }
    assertThat(taken).containsExactly(0, 10, 20, 2, 21, 3, 4);
    assertThat(turns.next()).isEmpty();
  }

  @Test
  void oneOwnerHasHalfAndANewOneIsNotRefusedBeforeAllIsFull() {
    Turns<String, Integer> turns = new Turns<>(8);
    List<Integer> had = new ArrayList<>();
    for (String owner : List.of("a", "b", "c", "d", "e")) {
      int before = turns.size();
      while (turns.offer(owner, had.size())) {
        assertThat(turns.size()).isLessThanOrEqualTo(8);
      }
      had.add(turns.size() - before);
    }
    assertThat(had).containsExactly(4, 2, 1, 1, 0);
    assertThat(turns.refusal("a")).contains("8 of 8", "4 of them");
    assertThat(new Turns<String, Integer>(1).offer("a", 1)).isTrue();
    assertThatThrownBy(() -> new Places<String>(0)).hasMessageContaining("0");
    assertThatThrownBy(() -> new Places<String>(1).free("a")).isInstanceOf(IllegalStateException.class);
  }

  /** Arrivals, services and changes of mind at random: nobody waits longer than the bound, nothing is lost. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void nobodyWaitsLongerThanTheBound(long seed) {
    Random random = new Random(seed);
    for (int world = 0; world < 50; world++) {
      int capacity = 1 + random.nextInt(40);
      int owners = 1 + random.nextInt(8);
      int hurry = 1 + random.nextInt(6);
      Turns<Integer, Item> turns = new Turns<>(capacity);
      List<List<Item>> waiting = new ArrayList<>();
      for (int i = 0; i < owners; i++) {
        waiting.add(new ArrayList<>());
      }
      for (int step = 0; step < 1000; step++) {
        // The first owners ask most.
        int owner = Math.min(random.nextInt(owners), random.nextInt(owners));
        List<Item> line = waiting.get(owner);
        int all = waiting.stream().mapToInt(List::size).sum();
        assertThat(turns.size()).isEqualTo(all).isLessThanOrEqualTo(capacity);
        switch (random.nextInt(8)) {
          case 0 -> {
            Item back = line.isEmpty() ? new Item(owner, 0) : line.get(random.nextInt(line.size()));
            assertThat(turns.remove(owner, back)).isEqualTo(line.remove(back));
          }
          case 1, 2, 3 -> {
            if (random.nextInt(hurry) == 0) {
              take(turns, waiting);
            }
          }
          default -> {
            Item item = new Item(owner, line.size() + 1);
            assertThat(turns.offer(owner, item)).as("%d of the owner's, %d of %d in all", line.size(), all, capacity)
                .isEqualTo(line.size() < capacity - all);
            if (line.size() < capacity - all) {
              line.add(item);
            }
          }
        }
      }
      while (turns.size() > 0) {
        take(turns, waiting);
      }
      assertThat(waiting).allMatch(List::isEmpty);
    }
  }

  private static void take(Turns<Integer, Item> turns, List<List<Item>> waiting) {
    Item taken = turns.next().orElse(null);
    if (taken == null) {
      assertThat(waiting).allMatch(List::isEmpty);
      return;
    }
    assertThat(waiting.get(taken.owner).removeFirst()).as("in the order in which they came").isSameAs(taken);
    assertThat(taken.others.values()).as("of each other owner, before the %d-th of its owner", taken.nth)
        .allMatch(count -> count <= taken.nth);
    for (int other = 0; other < waiting.size(); other++) {
      if (other != taken.owner) {
        waiting.get(other).forEach(item -> item.others.merge(taken.owner, 1, Integer::sum));
      }
    }
  }
}
