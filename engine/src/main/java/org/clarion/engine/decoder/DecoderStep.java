package org.clarion.engine.decoder;

import java.util.List;
import org.clarion.engine.kernel.KvPlanes;

/**
 * What one step computes: chunks of prompts and next tokens of running sequences, in one batch.
 *
 * <p>
 * A sequence takes part in a step at most once. The KV arena is the decoder's; who owns which extent of it is decided
 * by the caller, who guarantees that extents of different sequences do not overlap. Every extent starts at a multiple
 * of {@link #ALIGNMENT} positions.
 *
 * @param prefills
 *          prompt chunks, in any order
 * @param decodes
 *          running sequences, in any order
 */
public record DecoderStep(List<PrefillRow> prefills, List<DecodeRow> decodes) {
  /** Positions that kernels may keep together, so that where an extent lies changes no sum. */
  public static final int ALIGNMENT = KvPlanes.BLOCK;

  public DecoderStep {
    prefills = List.copyOf(prefills);
    decodes = List.copyOf(decodes);
  }

  /** That many positions filled up to where another extent may start. */
  public static int aligned(int positions) {
    return Math.ceilDiv(positions, ALIGNMENT) * ALIGNMENT;
  }

  /** Tokens that go through the linear layers in this step. */
  public int tokens() {
    return prefills.stream().mapToInt(p -> p.tokens().length).sum() + decodes.size();
  }

  /** Rows of logits that the step yields: those that prefills want, then decodes. */
  public int logitRows() {
    return prefills.stream().mapToInt(PrefillRow::logits).sum() + decodes.size();
  }
}
