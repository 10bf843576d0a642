package org.clarion.llm.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.clarion.llm.core.EmbeddingStore.Outcome;
import org.junit.jupiter.api.Test;

class EmbeddingStoreTest {
  private final EmbeddingStore store = new EmbeddingStore(40);

  @Test
  void theLeastRecentlyUsedGoesFirst() {
    assertThat(store.put(key("a"), new float[4])).isEqualTo(Outcome.STORED);
    assertThat(store.put(key("b"), new float[4])).isEqualTo(Outcome.STORED);
    store.find(key("a"));
    assertThat(store.put(key("c"), new float[4])).isEqualTo(Outcome.STORED);
    assertThat(store.contains(key("a"))).isTrue();
    assertThat(store.contains(key("b"))).isFalse();
    assertThat(store.bytes()).isEqualTo(32);
  }

  @Test
  void whatASequenceStillReadsStays() {
    store.put(key("a"), new float[4]);
    store.put(key("b"), new float[4]);
    store.retain(key("a"));
    store.retain(key("a"));
    store.drop(key("a"));
    store.put(key("c"), new float[6]);
    assertThat(store.contains(key("a"))).isTrue();
    store.retain(key("c"));
    assertThat(store.put(key("d"), new float[1])).isEqualTo(Outcome.FULL);
    store.release(key("a"));
    assertThat(store.put(key("d"), new float[1])).isEqualTo(Outcome.FULL);
    store.release(key("a"));
    assertThat(store.put(key("d"), new float[4])).isEqualTo(Outcome.STORED);
    assertThat(store.contains(key("a"))).isFalse();
    assertThat(store.bytes()).isEqualTo(40);
  }

  @Test
  void tenantsAndHashesAreKeptApartAndTwiceIsOnce() {
    store.put(new ImageKey("x", "1"), new float[]{1});
    assertThat(store.contains(new ImageKey("y", "1"))).isFalse();
    assertThat(store.put(new ImageKey("x", "1"), new float[]{2})).isEqualTo(Outcome.PRESENT);
    assertThat(store.find(new ImageKey("x", "1"))).containsExactly(1);
    assertThat(store.put(key("huge"), new float[11])).isEqualTo(Outcome.FULL);
    store.drop(new ImageKey("x", "1"));
    store.drop(new ImageKey("x", "1"));
    assertThat(store.bytes()).isZero();
    assertThat(store.size()).isZero();
  }

  private static ImageKey key(String hash) {
    return new ImageKey("clinic", hash);
  }
}
