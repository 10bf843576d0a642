package org.clarion.models.checkpoint;

import java.util.Map;

/**
 * How the weights of a converted file were packed, and of what: the part of its header that decoders and image towers
 * have in common. Whether this build and this host can compute with it is the engine's to decide, by comparing.
 *
 * @param precision
 *          kind of the weights, the word of settings
 * @param layout
 *          how matrices are laid out
 * @param blocks
 *          widths of the blocks that inputs are spread in
 * @param source
 *          SHA-256 of the files that it was made from, hexadecimal, or what made the weights up
 */
public record Packing(String precision, String layout, String blocks, String source) {
  /** Version of files that this build writes, and the only one that it reads. */
  private static final String VERSION = "1";

  static final String VERSION_KEY = "clarion.version";
  private static final String PRECISION = "clarion.precision";
  private static final String LAYOUT = "clarion.layout";
  private static final String BLOCKS = "clarion.blocks";
  private static final String SOURCE = "clarion.source";

  /** Adds it to a file's metadata. */
  void write(Map<String, String> texts) {
    texts.put(VERSION_KEY, VERSION);
    texts.put(PRECISION, precision);
    texts.put(LAYOUT, layout);
    texts.put(BLOCKS, blocks);
    texts.put(SOURCE, source);
  }

  /**
   * Reads it.
   *
   * @throws CheckpointException
   *           {@code converted_version} for another version, {@code checkpoint_malformed} when something is missing
   */
  static Packing of(HeaderTexts texts) {
    String version = texts.text(VERSION_KEY);
    if (!version.equals(VERSION)) {
      throw new CheckpointException("converted_version", texts.label() + " is a converted file of version " + version
          + ", this build reads version " + VERSION + ": convert the model again");
    }
    return new Packing(texts.text(PRECISION), texts.text(LAYOUT), texts.text(BLOCKS), texts.text(SOURCE));
  }
}
