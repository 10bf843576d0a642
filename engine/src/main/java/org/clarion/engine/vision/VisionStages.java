package org.clarion.engine.vision;

import java.util.List;

/**
 * What lies between an image's pixels and its embedding in an {@link EvaTower}, for comparisons with other
 * implementations. All row-major float32.
 *
 * @param patchAndPosition
 *          [1 + patches, width]: input of the first block
 * @param afterBlocks
 *          [1 + patches, width] after each ViT block
 * @param vision
 *          [1 + patches, width] after ln_vision
 * @param inQFormer
 *          [queries, width of the Q-Former]: the query tokens after their first norm, then after each layer; empty
 *          where there is none
 * @param bridged
 *          [tokens, feature width]: what is projected
 * @param projected
 *          [tokens, llmHidden]: what {@link EvaTower#encode} gives
 */
public record VisionStages(float[] patchAndPosition, List<float[]> afterBlocks, float[] vision,
    List<float[]> inQFormer, float[] bridged, float[] projected) {}
