package org.clarion.models.grammar;

import java.nio.charset.StandardCharsets;
import org.clarion.models.tokenizer.TokenTable;

/** Compiled formats asked about whole texts. */
final class Texts {
  /** Every byte is a token of its own, and 256 ends an answer. */
  static final TokenTable BYTES = new TokenTable() {
    @Override
    public int size() {
      return 257;
    }

    @Override
    public byte[] bytes(int id) {
      return id < 256 ? new byte[]{(byte) id} : new byte[0];
    }

    @Override
    public boolean firstSpaceVanishes() {
      return false;
    }
  };

  private Texts() {}

  static Grammar schema(String schema) {
    return compile(new OutputFormat.JsonSchema(schema));
  }

  static Grammar compile(OutputFormat format) {
    return Grammar.compile(format, ByteSet.ALL, false, FormatLimits.STANDARD);
  }

  static boolean accepts(Grammar grammar, String text) {
    return after(grammar, text).nullable;
  }

  /** Whether the text may be the beginning of an answer. */
  static boolean begins(Grammar grammar, String text) {
    return !after(grammar, text).equals(grammar.terms().none);
  }

  private static Term after(Grammar grammar, String text) {
    Term state = grammar.start();
    for (byte value : text.getBytes(StandardCharsets.UTF_8)) {
      state = grammar.terms().next(state, value & 0xFF);
    }
    return state;
  }
}
