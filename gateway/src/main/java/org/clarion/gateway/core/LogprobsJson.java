package org.clarion.gateway.core;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.clarion.gateway.core.TokenLogprob.Chance;

/**
 * OpenAI's {@code logprobs} objects. A token that is no whole text is written as {@code bytes:\xE2\x82}; the chat form
 * has the bytes beside it.
 */
final class LogprobsJson {
  /** JSON knows no infinity: what the field's values are understood to end at. */
  private static final float LEAST = -9999;

  private LogprobsJson() {}

  /** The chat form: {@code content}, with the likeliest tokens beside each. */
  static String chat(List<TokenLogprob> tokens) {
    return "{\"content\":" + array(tokens, token -> "{" + fields(token.token()) + ",\"top_logprobs\":"
        + array(token.top(), chance -> "{" + fields(chance) + "}") + "}") + ",\"refusal\":null}";
  }

  /** The form of plain completions: parallel lists. */
  static String completion(List<TokenLogprob> tokens) {
    return "{\"tokens\":" + array(tokens, token -> JsonText.quoted(text(token.token().bytes())))
        + ",\"token_logprobs\":" + array(tokens, token -> number(token.token().logProbability()))
        + ",\"top_logprobs\":" + array(tokens, LogprobsJson::likeliest)
        + ",\"text_offset\":" + array(tokens, token -> Long.toString(token.offset())) + "}";
  }

  private static String likeliest(TokenLogprob token) {
    return token.top().stream()
        .map(chance -> JsonText.quoted(text(chance.bytes())) + ":" + number(chance.logProbability()))
        .collect(Collectors.joining(",", "{", "}"));
  }

  private static String fields(Chance chance) {
    StringBuilder bytes = new StringBuilder();
    for (byte b : chance.bytes()) {
      bytes.append(bytes.isEmpty() ? "" : ",").append(b & 0xFF);
    }
    return "\"token\":" + JsonText.quoted(text(chance.bytes())) + ",\"logprob\":" + number(chance.logProbability())
        + ",\"bytes\":[" + bytes + "]";
  }

  private static <T> String array(List<T> items, Function<T, String> json) {
    return items.stream().map(json).collect(Collectors.joining(",", "[", "]"));
  }

  private static String number(float logProbability) {
    return Float.toString(Math.max(logProbability, LEAST));
  }

  private static String text(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException _) {
      StringBuilder escaped = new StringBuilder("bytes:");
      for (byte b : bytes) {
        escaped.append(String.format("\\x%02x", b & 0xFF));
      }
      return escaped.toString();
    }
  }
}
