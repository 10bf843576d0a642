package org.clarion.models.checkpoint;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a converted file says of itself, in the metadata of its header. Whether this build and this host can compute
 * with it is the engine's to decide, by comparing.
 *
 * @param precision
 *          kind of the weights, the word of settings
 * @param ranks
 *          how many files make up the model
 * @param rank
 *          which of them this is, from 0
 * @param layout
 *          how matrices are laid out
 * @param blocks
 *          widths of the blocks that inputs are spread in
 * @param source
 *          SHA-256 of the files that it was made from, hexadecimal, or what made the weights up
 * @param config
 *          the decoder's shape, JSON with the keys of a Hugging Face {@code config.json}
 */
public record ConvertedHeader(String precision, int ranks, int rank, String layout, String blocks, String source,
    String config) {
  /** Version of files that this build writes, and the only one that it reads. */
  public static final String VERSION = "1";

  static final String VERSION_KEY = "clarion.version";
  private static final String PRECISION = "clarion.precision";
  private static final String RANKS = "clarion.ranks";
  private static final String RANK = "clarion.rank";
  private static final String LAYOUT = "clarion.layout";
  private static final String BLOCKS = "clarion.blocks";
  private static final String SOURCE = "clarion.source";
  private static final String CONFIG = "clarion.config";
  private static final int MAX_RANKS = 1024;

  /** As metadata of a file. */
  public Map<String, String> metadata() {
    Map<String, String> texts = new LinkedHashMap<>();
    texts.put(VERSION_KEY, VERSION);
    texts.put(PRECISION, precision);
    texts.put(RANKS, Integer.toString(ranks));
    texts.put(RANK, Integer.toString(rank));
    texts.put(LAYOUT, layout);
    texts.put(BLOCKS, blocks);
    texts.put(SOURCE, source);
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
    String version = text(label, metadata, VERSION_KEY);
    if (!version.equals(VERSION)) {
      throw new CheckpointException("converted_version", label + " is a converted file of version " + version
          + ", this build reads version " + VERSION + ": convert the model again");
    }
    return new ConvertedHeader(text(label, metadata, PRECISION), number(label, metadata, RANKS, 1),
        number(label, metadata, RANK, 0), text(label, metadata, LAYOUT), text(label, metadata, BLOCKS),
        text(label, metadata, SOURCE), text(label, metadata, CONFIG));
  }

  private static String text(String label, Map<String, String> metadata, String key) {
    String value = metadata.get(key);
    if (value == null) {
      throw new CheckpointException("checkpoint_malformed", label + " is no converted file: its header has no " + key);
    }
    return value;
  }

  private static int number(String label, Map<String, String> metadata, String key, int least) {
    String value = text(label, metadata, key);
    if (!value.matches("\\d{1,4}") || Integer.parseInt(value) < least || Integer.parseInt(value) > MAX_RANKS) {
      throw new CheckpointException("checkpoint_malformed",
          label + ": " + key + " is " + value + ", expected " + least + " to " + MAX_RANKS);
    }
    return Integer.parseInt(value);
  }

  /** The same but for the rank. */
  boolean sameModel(ConvertedHeader other) {
    return new ConvertedHeader(precision, ranks, other.rank, layout, blocks, source, config).equals(other);
  }
}
