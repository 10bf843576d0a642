package org.clarion.gateway.app;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.clarion.models.tokenizer.Tokenizer;

/** A vocabulary of the 256 bytes, two special tokens and a few words, so that tests can place every border. */
final class ByteTokenizer implements Tokenizer {
  static final int START = 256;
  static final int END = 257;
  private static final List<String> SPECIAL = List.of("<|im_start|>", "<|im_end|>");
  private static final List<String> WORDS = List.of("Hello", " wor", "ld ##", "# tail");

  /** Id of a word. */
  static int word(String word) {
    return 258 + WORDS.indexOf(word);
  }

  /** Ids of the text's bytes. */
  static int[] bytes(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    int[] ids = new int[utf8.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = utf8[i] & 0xFF;
    }
    return ids;
  }

  @Override
  public int[] encodeText(String text) {
    return bytes(text);
  }

  @Override
  public int[] encodeTemplate(String text) {
    return bytes(text);
  }

  @Override
  public String decode(int[] ids) {
    StreamDecoder decoder = streamDecoder();
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(decoder.next(id));
    }
    return text.append(decoder.flush()).toString();
  }

  @Override
  public byte[] bytesOf(int id) {
    return id < START ? new byte[]{(byte) id} : decode(new int[]{id}).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public int vocabularySize() {
    return 258 + WORDS.size();
  }

  @Override
  public int idOf(String token) {
    int special = SPECIAL.indexOf(token);
    return special < 0 ? -1 : START + special;
  }

  @Override
  public List<String> specialTokens() {
    return SPECIAL;
  }

  @Override
  public void close() {
    // Holds nothing.
  }

  @Override
  public StreamDecoder streamDecoder() {
    return new StreamDecoder() {
      private final ByteArrayOutputStream held = new ByteArrayOutputStream();

      @Override
      public String next(int id) {
        if (id >= 258) {
          return flush() + WORDS.get(id - 258);
        }
        if (id >= START) {
          return "";
        }
        held.write(id);
        String text = held.toString(StandardCharsets.UTF_8);
        return text.endsWith("\uFFFD") && held.size() < 4 ? "" : flush();
      }

      @Override
      public String flush() {
        String text = held.toString(StandardCharsets.UTF_8);
        held.reset();
        return text;
      }
    };
  }
}
