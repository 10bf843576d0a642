package org.clarion.models.tokenizer;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
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
  private final Set<Integer> specialIds;
  private final TokenBytes bytes;
  private final int size;
  private final int bos;

  private JsonTokenizer(String name, ObjectNode json) {
    ObjectNode model = object(name, json, "model");
    if (!model.path("type").asText().equals("BPE")) {
      throw new TokenizerException(
          name + ": model type '" + model.path("type").asText() + "' is not supported, only BPE is");
    }
    ids = vocabulary(name, model);
    List<String> special = new ArrayList<>();
    for (JsonNode token : json.path("added_tokens")) {
      String content = token.path("content").asText();
      ids.put(content, token.path("id").asInt(-1));
      if (token.path("special").asBoolean()) {
        special.add(content);
      }
    }
    special.sort(Comparator.comparingInt(ids::get));
    specialTokens = List.copyOf(special);
    specialIds = Set.copyOf(special.stream().map(ids::get).toList());
    size = ids.values().stream().mapToInt(Integer::intValue).max().orElse(-1) + 1;
    if (ids.isEmpty() || ids.values().stream().anyMatch(id -> id < 0) || size > 4 * ids.size() + 1024) {
      throw new TokenizerException(name + ": ids of the vocabulary must run from 0 without large gaps; it has "
          + ids.size() + " tokens and its largest id is " + (size - 1));
    }
    bytes = bytes(name, json.path("decoder"));
    bos = bosOf(json);
    json.set("truncation", null);
    json.set("padding", null);
    json.set("post_processor", null);
    withSpecials = library(name, json);
    withoutSpecials(json, model, Set.copyOf(special));
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
  public StreamDecoder streamDecoder() {
    return new StreamText(bytes);
  }

  @Override
  public int vocabularySize() {
    return size;
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

  private TokenBytes bytes(String name, JsonNode decoder) {
    if (TokenBytes.isByteLevel(decoder)) {
      return TokenBytes.byteLevel(ids, specialIds, size);
    }
    if (TokenBytes.isByteFallback(decoder)) {
      return TokenBytes.sentencePiece(ids, specialIds, size);
    }
    throw new TokenizerException(name + ": decoder '" + decoder.path("type").asText()
        + "' is not supported, only ByteLevel and SentencePiece's ByteFallback are");
  }

  /** BOS as the file's post-processor places it, else the usual spellings. */
  private int bosOf(JsonNode json) {
    for (JsonNode step : json.path("post_processor").path("single")) {
      JsonNode token = step.path("SpecialToken").path("id");
      if (token.isTextual()) {
        return idOf(token.asText());
      }
      break;
    }
    int sentencePiece = idOf("<s>");
    return specialIds.contains(sentencePiece) ? sentencePiece : -1;
  }

  private static ObjectNode object(String name, JsonNode json, String key) {
    if (json.path(key) instanceof ObjectNode object) {
      return object;
    }
    throw new TokenizerException(name + ": '" + key + "' is missing or no object");
  }

  private static Map<String, Integer> vocabulary(String name, ObjectNode model) {
    Map<String, Integer> ids = new HashMap<>();
    object(name, model, "vocab").properties().forEach(entry -> ids.put(entry.getKey(), entry.getValue().asInt(-1)));
    return ids;
  }

  /** Leaves nothing in the file by which a text could reach a special token or a byte token by spelling it. */
  private static void withoutSpecials(ObjectNode json, ObjectNode model, Set<String> special) {
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
