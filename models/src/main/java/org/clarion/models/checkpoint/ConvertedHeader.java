package org.clarion.models.checkpoint;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a file of a converted decoder says of itself, in the metadata of its header.
 *
 * @param ranks
 *          how many files make up the model
 * @param rank
 *          which of them this is, from 0
 * @param config
 *          the decoder's shape, JSON with the keys of a Hugging Face {@code config.json}
 */
public record ConvertedHeader(Packing packing, int ranks, int rank, String config) {
  private static final String RANKS = "clarion.ranks";
  private static final String RANK = "clarion.rank";
  private static final String CONFIG = "clarion.config";
  private static final int MAX_RANKS = 1024;

  /** As metadata of a file. */
  public Map<String, String> metadata() {
    Map<String, String> texts = new LinkedHashMap<>();
    packing.write(texts);
    texts.put(RANKS, Integer.toString(ranks));
    texts.put(RANK, Integer.toString(rank));
    texts.put(CONFIG, config);
    return texts;
  }

  /**
   * Reads a file's metadata.
   *
   * @param label
   *          file name for messages
   * @throws CheckpointException
   *           {@code converted_version} for another version, {@code checkpoint_malformed} when something is missing
   */
  static ConvertedHeader of(String label, Map<String, String> metadata) {
    HeaderTexts texts = new HeaderTexts(label, metadata);
    return new ConvertedHeader(Packing.of(texts), texts.number(RANKS, 1, MAX_RANKS), texts.number(RANK, 0, MAX_RANKS),
        texts.text(CONFIG));
  }

  /** The same but for the rank. */
  boolean sameModel(ConvertedHeader other) {
    return new ConvertedHeader(packing, ranks, other.rank, config).equals(other);
  }
}
