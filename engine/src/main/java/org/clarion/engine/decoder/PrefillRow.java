package org.clarion.engine.decoder;

import java.util.List;

/**
 * A chunk of a prompt, or of an answer that is expected. It attends to itself causally and to every earlier position of
 * its extent.
 *
 * @param tokens
 *          ids in order, at least one; an id under an embedding span is ignored but must be a valid id
 * @param position
 *          position of the first token in its sequence
 * @param arenaOffset
 *          start of the sequence's extent: position p lives at {@code arenaOffset + p}
 * @param spans
 *          image embeddings that replace token embeddings, not overlapping
 * @param logits
 *          after how many of its last tokens logits are needed, 0 for none
 */
public record PrefillRow(int[] tokens, int position, int arenaOffset, List<EmbeddingSpan> spans, int logits) {
  public PrefillRow {
    spans = List.copyOf(spans);
  }

  /** With the logits after the last token, or without any. */
  public PrefillRow(int[] tokens, int position, int arenaOffset, List<EmbeddingSpan> spans, boolean wantsLogits) {
    this(tokens, position, arenaOffset, spans, wantsLogits ? 1 : 0);
  }
}
