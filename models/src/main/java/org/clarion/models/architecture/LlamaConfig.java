package org.clarion.models.architecture;

/**
 * Shape of a LLaMA-family decoder (pre-norm RMS, rotary positions, SwiGLU, no biases).
 *
 * @param hidden
 *          width of the residual stream
 * @param layers
 *          number of blocks
 * @param heads
 *          query heads
 * @param kvHeads
 *          key and value heads; divides {@code heads} (equal: MHA, fewer: GQA)
 * @param headDim
 *          width of a head
 * @param intermediate
 *          width of the MLP
 * @param vocabulary
 *          number of token ids
 * @param rmsEps
 *          epsilon of the RMS norms
 * @param ropeBase
 *          base of the rotary frequencies
 * @param tiedHead
 *          true when the output head is the embedding matrix
 * @param maxContext
 *          positions that the model was trained for
 */
public record LlamaConfig(int hidden, int layers, int heads, int kvHeads, int headDim, int intermediate, int vocabulary,
    double rmsEps, double ropeBase, boolean tiedHead, int maxContext) implements DecoderConfig {
  public LlamaConfig {
    DecoderConfig.checkHeads(heads, kvHeads);
  }
}
