package org.clarion.engine.bench;

import java.util.List;

/**
 * What a run of the benchmark found.
 *
 * @param subject
 *          the shape's or model's name
 * @param precision
 *          kind of the weights
 * @param kv
 *          kind of keys and values, or empty for an image tower
 * @param ranks
 *          tensor-parallel ranks
 * @param threads
 *          of all ranks together
 * @param loadSeconds
 *          from opened weights to a decoder that is ready
 * @param weightBytes
 *          that the matrices of the products take in this precision
 * @param kvBytes
 *          of the KV arena
 * @param peakBytes
 *          the process's peak resident memory, Java's included; 0 where the system does not tell
 * @param roofs
 *          measured before and after the cells; the better of both
 * @param cells
 *          in the order of the command
 */
public record BenchReport(String subject, String precision, String kv, int ranks, int threads, double loadSeconds,
    double weightBytes, double kvBytes, long peakBytes, Roofs roofs, List<BenchCell> cells) {
  public BenchReport {
    cells = List.copyOf(cells);
  }

  /** The arithmetic roof that a precision's matrix products have; 0 where it is unknown. */
  public double computeRoof() {
    return switch (precision) {
      case "int8", "int4" -> roofs.int8();
      case "bf16" -> roofs.bf16();
      default -> roofs.f32();
    };
  }
}
