package org.clarion.models.tokenizer;

/** A model's vocabulary. Thread-safe. */
public interface Tokenizer extends AutoCloseable {
  /**
   * Ids of text written by a user: whatever it spells, it never yields a special token. No BOS is added; a
   * SentencePiece vocabulary adds its dummy prefix space (the reference tokenises each segment so).
   */
  int[] encodeText(String text);

  /** Ids of text written by the template's author: special tokens that it spells become their ids. No BOS is added. */
  int[] encodeTemplate(String text);

  /** The text of all ids, special tokens left out. */
  String decode(int[] ids);

  /** A decoder for one stream of tokens. */
  StreamDecoder streamDecoder();

  /** Number of ids. */
  int vocabularySize();

  /** Id of a special or ordinary token by its exact spelling, or -1. */
  int idOf(String token);

  @Override
  void close();

  /** Turns tokens into text as they come; shows only whole characters. Not thread-safe. */
  interface StreamDecoder {
    /** What this token adds to the visible text: empty while a character is incomplete. */
    String next(int id);

    /** What is still held back at the end, incomplete characters as U+FFFD. */
    String flush();
  }
}
