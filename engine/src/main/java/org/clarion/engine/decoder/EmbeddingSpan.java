package org.clarion.engine.decoder;

/**
 * Image vectors in the place of token embeddings.
 *
 * @param rowOffset
 *          index of the first replaced token within its {@link PrefillRow#tokens()}
 * @param embedding
 *          float32 [count, hidden] row-major: exactly the part that falls into this chunk, all values finite
 */
public record EmbeddingSpan(int rowOffset, float[] embedding) {}
