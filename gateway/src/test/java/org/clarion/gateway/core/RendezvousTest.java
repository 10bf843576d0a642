package org.clarion.gateway.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RendezvousTest {
  private static final List<String> NODES = List.of("a:1", "b:1", "c:1", "d:1");

  @Test
  void spreadsKeysAndMovesOnlyThoseOfALostNode() {
    Random random = new Random(5);
    Map<String, Integer> first = new HashMap<>();
    for (int i = 0; i < 4_000; i++) {
      byte[] key = new byte[32];
      random.nextBytes(key);
      List<String> order = Rendezvous.order(NODES, key);
      assertThat(order).containsExactlyInAnyOrderElementsOf(NODES);
      first.merge(order.getFirst(), 1, Integer::sum);
      List<String> less = new ArrayList<>(NODES);
      less.remove("b:1");
      List<String> expected = new ArrayList<>(order);
      expected.remove("b:1");
      assertThat(Rendezvous.order(less, key)).isEqualTo(expected);
    }
    assertThat(first.values()).hasSize(4).allMatch(count -> count > 800 && count < 1_200);
  }
}
