package org.clarion.gateway.core;

import java.util.Comparator;
import java.util.List;
import org.clarion.rpc.SplitMix64;

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
    return nodes.stream().map(node -> new Weighted(node, SplitMix64.stir(keyHash, node)))
        .sorted(Comparator.comparingLong(Weighted::weight).reversed().thenComparing(Weighted::node))
        .map(Weighted::node).toList();
  }
}
