package org.clarion.models.tokenizer;

/** The bytes that tokens stand for. Thread-safe. */
public interface TokenTable {
  /** Number of ids. */
  int size();

  /** The bytes that an id adds to a text, not to be changed; none for special tokens. */
  byte[] bytes(int id);

  /** Whether a text's first byte, if it is a space, is not shown. */
  boolean firstSpaceVanishes();
}
