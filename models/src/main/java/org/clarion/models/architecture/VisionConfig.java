package org.clarion.models.architecture;

/**
 * Shape of EVA-ViT -> ln_vision -> Q-Former -> projection (facts: BLIP-2, LAVIS names).
 *
 * @param patch
 *          side of a patch, pixels
 * @param width
 *          ViT width
 * @param blocks
 *          ViT blocks; further blocks in a file are ignored
 * @param heads
 *          ViT heads
 * @param mlp
 *          ViT MLP width
 * @param queries
 *          learned query tokens of the Q-Former
 * @param qWidth
 *          Q-Former width
 * @param qLayers
 *          Q-Former layers, cross-attention in the even ones
 * @param qHeads
 *          Q-Former heads
 * @param qMlp
 *          Q-Former MLP width
 */
public record VisionConfig(int patch, int width, int blocks, int heads, int mlp, int queries, int qWidth, int qLayers,
    int qHeads, int qMlp) {}
