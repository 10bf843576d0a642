package org.clarion.models.tokenizer;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * A vocabulary in the form of Hugging Face's tokenizer.json.
 *
 * <p>
 * The library encodes; there are two instances of it, because it offers no switch for special tokens: one of the file
 * as it is, and one without its added tokens and without any merge that ends in one, so that no text can spell them.
 * Decoding is done here, from a table of bytes per id.
 */
final class JsonTokenizer implements Tokenizer {
  private static final Map<String, String> OPTIONS = Map.of("addSpecialTokens", "false", "truncation", "false",
      "padding", "false");
  /** Stands before a continued text and is cut from its ids again. */
  private static final String ANCHOR = ".";

  private final HuggingFaceTokenizer withSpecials;
  private final HuggingFaceTokenizer plain;
  private final Map<String, Integer> ids;
  private final List<String> specialTokens;
  private final TokenBytes bytes;
  private final int bos;

  private JsonTokenizer(String name, ObjectNode json) {
    VocabularyEntries entries = VocabularyEntries.of(name, json);
    ids = entries.ids();
    specialTokens = entries.specialTokens();
    bytes = entries.bytes();
    bos = bosOf(json, Set.copyOf(specialTokens));
    json.set("truncation", null);
    json.set("padding", null);
    json.set("post_processor", null);
    withSpecials = library(name, json);
    withoutSpecials(json, Set.copyOf(specialTokens));
    plain = library(name, json);
  }

  /** Takes over a parsed tokenizer.json; {@code name} is for messages. */
  static JsonTokenizer of(String name, JsonNode json) {
    if (json instanceof ObjectNode object) {
      return new JsonTokenizer(name, object);
    }
    throw new TokenizerException(name + ": a tokenizer.json is an object");
  }

  @Override
  public int[] encodeText(String text) {
    return encode(plain, text);
  }

  @Override
  public int[] encodeTemplate(String text) {
    return encode(withSpecials, text);
  }

  @Override
  public int[] encodeContinuation(String text) {
    if (!bytes.dummyPrefix() || text.isEmpty()) {
      return encodeText(text);
    }
    int[] anchor = encodeText(ANCHOR);
    int[] whole = encodeText(ANCHOR + text);
    for (int i = 0; i < anchor.length; i++) {
      if (whole[i] != anchor[i]) {
        // The text's start merged with the anchor (".." is a token): its own ids are the next best thing.
        return encodeText(text);
      }
    }
    return Arrays.copyOfRange(whole, anchor.length, whole.length);
  }

  @Override
  public String decode(int[] tokens) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int id : tokens) {
      all.writeBytes(bytes.of(id));
    }
    String text = all.toString(StandardCharsets.UTF_8);
    return bytes.dummyPrefix() && text.startsWith(" ") ? text.substring(1) : text;
  }

  @Override
  public byte[] bytesOf(int id) {
    return bytes.of(id).clone();
  }

  @Override
  public TokenTable tokenTable() {
    return bytes;
  }

  @Override
  public StreamDecoder streamDecoder() {
    return new StreamText(bytes);
  }

  @Override
  public int vocabularySize() {
    return bytes.size();
  }

  @Override
  public int idOf(String token) {
    return ids.getOrDefault(token, -1);
  }

  @Override
  public List<String> specialTokens() {
    return specialTokens;
  }

  @Override
  public int bosId() {
    return bos;
  }

  @Override
  public void close() {
    withSpecials.close();
    plain.close();
  }

  private static int[] encode(HuggingFaceTokenizer library, String text) {
    if (text.isEmpty()) {
      return new int[0];
    }
    return LongStream.of(library.encode(wellFormed(text), false, false).getIds()).mapToInt(Math::toIntExact).toArray();
  }

  /** Half a surrogate pair is no character, and the library's bridge cannot carry it. */
  private static String wellFormed(String text) {
    if (text.codePoints().noneMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
      return text;
    }
    return text.codePoints().map(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? 0xFFFD : c)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
  }

  /** BOS as the file's post-processor places it, else the usual spellings. */
  private int bosOf(JsonNode json, Set<String> special) {
    for (JsonNode step : json.path("post_processor").path("single")) {
      JsonNode token = step.path("SpecialToken").path("id");
      if (token.isTextual()) {
        return idOf(token.asText());
      }
      break;
    }
    return special.contains("<s>") ? idOf("<s>") : -1;
  }

  /** Leaves nothing in the file by which a text could reach a special token or a byte token by spelling it. */
  private static void withoutSpecials(ObjectNode json, Set<String> special) {
    ObjectNode model = (ObjectNode) json.path("model");
    if (json.path("added_tokens") instanceof ArrayNode added) {
      added.removeIf(token -> special.contains(token.path("content").asText()));
    }
    model.put("ignore_merges", false);
    if (model.path("merges") instanceof ArrayNode merges) {
      for (Iterator<JsonNode> each = merges.iterator(); each.hasNext();) {
        JsonNode merge = each.next();
        String result = merge.isTextual()
            ? merge.asText().replace(" ", "")
            : merge.path(0).asText() + merge.path(1).asText();
        if (special.contains(result) || TokenBytes.isByte(result)) {
          each.remove();
        }
      }
    }
  }

  private static HuggingFaceTokenizer library(String name, ObjectNode json) {
    // Without these the library may look for a CUDA build on the network and report its use to its makers.
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("OPT_OUT_TRACKING", "true");
    try {
      return HuggingFaceTokenizer
          .newInstance(new ByteArrayInputStream(json.toString().getBytes(StandardCharsets.UTF_8)), OPTIONS);
    } catch (IOException | RuntimeException e) {
      throw new TokenizerException(name + ": the vocabulary is refused: " + e.getMessage(), e);
    }
  }
}
