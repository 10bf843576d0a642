package org.clarion.models.architecture;

/**
 * Shape of a Falcon decoder: one parallel block a layer (attention and MLP read the same residual stream, each through
 * its layer norm, and both are added to it), GELU (erf), no biases in the linear layers.
 *
 * @param hidden
 *          width of the residual stream
 * @param layers
 *          number of blocks
 * @param heads
 *          query heads
 * @param kvHeads
 *          key and value heads; divides {@code heads}
 * @param headDim
 *          width of a head
 * @param intermediate
 *          width inside the MLP
 * @param vocabulary
 *          number of token ids
 * @param normEps
 *          epsilon of the layer norms
 * @param ropeBase
 *          base of the rotary frequencies
 * @param tiedHead
 *          true when the output head is the embedding matrix
 * @param maxContext
 *          positions that the model was trained for
 */
public record FalconConfig(int hidden, int layers, int heads, int kvHeads, int headDim, int intermediate,
    int vocabulary, double normEps, double ropeBase, boolean tiedHead, int maxContext) implements DecoderConfig {
  public FalconConfig {
    DecoderConfig.checkHeads(heads, kvHeads);
  }
}
