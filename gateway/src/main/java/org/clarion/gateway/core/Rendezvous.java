package org.clarion.gateway.core;

import java.util.Comparator;
import java.util.List;

/**
 * Highest-random-weight hashing: every gateway sends the same image to the same worker without talking to the others,
 * and a worker that leaves takes only its own images with it.
 */
public final class Rendezvous {
  private Rendezvous() {}

  /** The nodes in the order in which they should be tried for this key. */
  public static List<String> order(List<String> nodes, byte[] key) {
    long seed = 0xCBF29CE484222325L;
    for (byte b : key) {
      seed = (seed ^ (b & 0xFF)) * 0x100000001B3L;
    }
    long keyHash = seed;
    record Weighted(String node, long weight) {}
    return nodes.stream().map(node -> new Weighted(node, mix(keyHash, node)))
        .sorted(Comparator.comparingLong(Weighted::weight).reversed().thenComparing(Weighted::node))
        .map(Weighted::node).toList();
  }

  /** Each character stirred in by SplitMix64's finaliser. */
  private static long mix(long seed, String node) {
    long hash = seed;
    for (int i = 0; i < node.length(); i++) {
      hash = finish(hash + node.charAt(i) + 0x9E3779B97F4A7C15L);
    }
    return hash;
  }

  private static long finish(long value) {
    long z = (value ^ value >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return z ^ z >>> 31;
  }
}
