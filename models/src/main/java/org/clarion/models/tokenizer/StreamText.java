package org.clarion.models.tokenizer;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import org.clarion.models.tokenizer.Tokenizer.StreamDecoder;

/** Joins the bytes of tokens and shows only whole characters; what can never become one is shown as U+FFFD. */
final class StreamText implements StreamDecoder {
  private final TokenBytes tokens;
  private final CharsetDecoder utf8 = StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPLACE)
      .onUnmappableCharacter(CodingErrorAction.REPLACE);
  private byte[] held = {};
  private boolean dropSpace;

  StreamText(TokenBytes tokens) {
    this.tokens = tokens;
    this.dropSpace = tokens.dummyPrefix();
  }

  @Override
  public String next(int id) {
    byte[] bytes = tokens.of(id);
    int from = 0;
    if (dropSpace && bytes.length > 0) {
      from = bytes[0] == ' ' ? 1 : 0;
      dropSpace = false;
    }
    return show(bytes, from, false);
  }

  @Override
  public String flush() {
    return show(new byte[0], 0, true);
  }

  private String show(byte[] more, int from, boolean last) {
    ByteBuffer in = ByteBuffer.allocate(held.length + more.length - from).put(held).put(more, from, more.length - from)
        .flip();
    CharBuffer out = CharBuffer.allocate(in.remaining() + 1);
    utf8.decode(in, out, last);
    if (last) {
      utf8.flush(out);
      utf8.reset();
    }
    held = new byte[in.remaining()];
    in.get(held);
    return out.flip().toString();
  }
}
