package org.clarion.models.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.List;

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

  /** The bytes that an id adds to a text; empty for special tokens. They need not be whole characters. */
  default byte[] bytesOf(int id) {
    return decode(new int[]{id}).getBytes(StandardCharsets.UTF_8);
  }

  /** The bytes of all ids. */
  default TokenTable tokenTable() {
    return new TokenTable() {
      @Override
      public int size() {
        return vocabularySize();
      }

      @Override
      public byte[] bytes(int id) {
        return bytesOf(id);
      }

      @Override
      public boolean firstSpaceVanishes() {
        return false;
      }
    };
  }

  /** A decoder for one stream of tokens. */
  StreamDecoder streamDecoder();

  /** Number of ids. */
  int vocabularySize();

  /** Id of a special or ordinary token by its exact spelling, or -1. */
  int idOf(String token);

  /** Spellings that {@link #encodeTemplate} turns into ids of their own and {@link #decode} leaves out. */
  default List<String> specialTokens() {
    return List.of();
  }

  /** Id of the token that starts a text, or -1 when the vocabulary names none. */
  default int bosId() {
    return -1;
  }

  /** Ids of a user's text that goes on after other text: {@link #encodeText} without the dummy prefix space. */
  default int[] encodeContinuation(String text) {
    return encodeText(text);
  }

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
