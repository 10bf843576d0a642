package org.clarion.vision.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class EmbeddingCacheTest {
  @Test
  void theLeastRecentlyUsedGoes() {
    EmbeddingCache cache = new EmbeddingCache(2);
    cache.put(new ImageKey("a", "1"), new float[]{1});
    cache.put(new ImageKey("b", "1"), new float[]{2});
    assertThat(cache.find(new ImageKey("a", "1"))).containsExactly(1);
    cache.put(new ImageKey("a", "2"), new float[]{3});
    assertThat(cache.find(new ImageKey("b", "1"))).isNull();
    assertThat(cache.find(new ImageKey("a", "1"))).isNotNull();
    assertThat(cache.size()).isEqualTo(2);
  }

  @Test
  void aCacheOfNoneKeepsNone() {
    EmbeddingCache cache = new EmbeddingCache(0);
    cache.put(new ImageKey("a", "1"), new float[1]);
    assertThat(cache.size()).isZero();
  }
}
