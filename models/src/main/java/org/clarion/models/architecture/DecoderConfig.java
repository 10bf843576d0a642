package org.clarion.models.architecture;

/**
 * Shape of a decoder: what every architecture has in common. All keep keys and values of grouped heads, rotate the
 * whole head in half-split pairs, and end in a norm and a head over the vocabulary.
 */
public sealed interface DecoderConfig permits LlamaConfig, FalconConfig {
  /** Width of the residual stream. */
  int hidden();

  /** Number of blocks. */
  int layers();

  /** Query heads. */
  int heads();

  /** Key and value heads; divides {@link #heads()} (equal: MHA, fewer: GQA, one: MQA). */
  int kvHeads();

  /** Width of a head. */
  int headDim();

  /** Width inside the MLP. */
  int intermediate();

  /** Number of token ids. */
  int vocabulary();

  /** Base of the rotary frequencies. */
  double ropeBase();

  /** True when the output head is the embedding matrix. */
  boolean tiedHead();

  /** Positions that the model was trained for. */
  int maxContext();

  /** Query heads that share one KV head. */
  default int groupSize() {
    return heads() / kvHeads();
  }

  /** Refuses heads that cannot share. */
  static void checkHeads(int heads, int kvHeads) {
    if (heads <= 0 || kvHeads <= 0 || heads % kvHeads != 0) {
      throw new IllegalArgumentException(heads + " query heads cannot share " + kvHeads + " KV heads evenly");
    }
  }
}
