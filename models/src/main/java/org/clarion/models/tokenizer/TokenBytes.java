package org.clarion.models.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * The bytes that each id stands for.
 *
 * @param table
 *          one row per id; empty for special tokens and for ids without a token
 * @param dummyPrefix
 *          whether a text's first space belongs to the vocabulary and not to the text
 */
record TokenBytes(byte[][] table, boolean dummyPrefix) implements TokenTable {
  private static final byte[] NOTHING = {};
  private static final char WORD_START = '\u2581';

  /** Bytes of a byte-level BPE vocabulary, whose pieces spell each byte as one printable character (GPT-2's table). */
  static TokenBytes byteLevel(Map<String, Integer> vocabulary, Set<Integer> special, int size) {
    Map<Character, Byte> bytes = byteOfCharacter();
    byte[][] table = empty(size);
    vocabulary.forEach((piece, id) -> {
      if (!special.contains(id)) {
        table[id] = spelled(piece, bytes);
      }
    });
    return new TokenBytes(table, false);
  }

  /** Bytes of a SentencePiece vocabulary: U+2581 is a space, {@code <0xNN>} a byte. */
  static TokenBytes sentencePiece(Map<String, Integer> vocabulary, Set<Integer> special, int size) {
    byte[][] table = empty(size);
    vocabulary.forEach((piece, id) -> {
      if (!special.contains(id)) {
        table[id] = isByte(piece)
            ? new byte[]{(byte) Integer.parseInt(piece.substring(3, 5), 16)}
            : piece.replace(WORD_START, ' ').getBytes(StandardCharsets.UTF_8);
      }
    });
    return new TokenBytes(table, true);
  }

  /** Whether a SentencePiece token stands for a single byte. */
  static boolean isByte(String piece) {
    return piece.length() == 6 && piece.startsWith("<0x") && piece.endsWith(">")
        && Character.digit(piece.charAt(3), 16) >= 0 && Character.digit(piece.charAt(4), 16) >= 0;
  }

  /** Whether a tokenizer.json decodes GPT-2's byte characters. */
  static boolean isByteLevel(JsonNode decoder) {
    return decoder.path("type").asText().equals("ByteLevel")
        || decoder.path("decoders").valueStream().anyMatch(TokenBytes::isByteLevel);
  }

  /** Whether a tokenizer.json decodes SentencePiece's byte pieces. */
  static boolean isByteFallback(JsonNode decoder) {
    return decoder.path("type").asText().equals("ByteFallback")
        || decoder.path("decoders").valueStream().anyMatch(TokenBytes::isByteFallback);
  }

  /** The bytes of an id; empty for special ids and for ids outside the vocabulary. */
  byte[] of(int id) {
    return id >= 0 && id < table.length ? table[id] : NOTHING;
  }

  @Override
  public int size() {
    return table.length;
  }

  @Override
  public byte[] bytes(int id) {
    return of(id);
  }

  @Override
  public boolean firstSpaceVanishes() {
    return dummyPrefix;
  }

  private static byte[][] empty(int size) {
    byte[][] table = new byte[size][];
    Arrays.fill(table, NOTHING);
    return table;
  }

  private static byte[] spelled(String piece, Map<Character, Byte> bytes) {
    byte[] row = new byte[piece.length()];
    for (int i = 0; i < row.length; i++) {
      Byte value = bytes.get(piece.charAt(i));
      if (value == null) {
        // An added token that is not special is stored as it is written.
        return piece.getBytes(StandardCharsets.UTF_8);
      }
      row[i] = value;
    }
    return row;
  }

  private static Map<Character, Byte> byteOfCharacter() {
    Map<Character, Byte> bytes = new HashMap<>();
    int extra = 256;
    for (int value = 0; value < 256; value++) {
      boolean printable = (value > 32 && value < 127) || (value > 160 && value != 173);
      bytes.put((char) (printable ? value : extra++), (byte) value);
    }
    return bytes;
  }
}
