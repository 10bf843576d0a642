package org.clarion.engine.vision;

import java.util.List;

/**
 * What lies between an image's pixels and its embedding, for comparisons with other implementations. All row-major
 * float32.
 *
 * @param patchAndPosition
 *          [1 + patches, width]: input of the first block
 * @param afterBlocks
 *          [1 + patches, width] after each ViT block
 * @param vision
 *          [1 + patches, width] after ln_vision
 * @param queryNorm
 *          [queries, qWidth]: the query tokens after their first norm
 * @param afterLayers
 *          [queries, qWidth] after each Q-Former layer
 * @param projected
 *          [queries, llmHidden]: what {@link VisionEncoder#encode} gives
 */
public record VisionStages(float[] patchAndPosition, List<float[]> afterBlocks, float[] vision, float[] queryNorm,
    List<float[]> afterLayers, float[] projected) {}
