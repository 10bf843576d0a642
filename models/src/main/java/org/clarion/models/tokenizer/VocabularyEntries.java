package org.clarion.models.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a tokenizer.json says of its tokens; reading it needs no library.
 *
 * @param ids
 *          by spelling
 * @param specialTokens
 *          spellings, by ascending id
 * @param bytes
 *          by id
 */
record VocabularyEntries(Map<String, Integer> ids, List<String> specialTokens, TokenBytes bytes) {
  /**
   * Reads them.
   *
   * @param name
   *          for messages
   * @throws TokenizerException
   *           when the file is of another kind, or its ids have gaps
   */
  static VocabularyEntries of(String name, ObjectNode json) {
    ObjectNode model = object(name, json, "model");
    if (!model.path("type").asText().equals("BPE")) {
      throw new TokenizerException(
          name + ": model type '" + model.path("type").asText() + "' is not supported, only BPE is");
    }
    Map<String, Integer> ids = new HashMap<>();
    object(name, model, "vocab").properties().forEach(entry -> ids.put(entry.getKey(), entry.getValue().asInt(-1)));
    List<String> special = new ArrayList<>();
    for (JsonNode token : json.path("added_tokens")) {
      String content = token.path("content").asText();
      ids.put(content, token.path("id").asInt(-1));
      if (token.path("special").asBoolean()) {
        special.add(content);
      }
    }
    special.sort(Comparator.comparingInt(ids::get));
    int size = ids.values().stream().mapToInt(Integer::intValue).max().orElse(-1) + 1;
    if (ids.isEmpty() || ids.values().stream().anyMatch(id -> id < 0) || size > 4 * ids.size() + 1024) {
      throw new TokenizerException(name + ": ids of the vocabulary must run from 0 without large gaps; it has "
          + ids.size() + " tokens and its largest id is " + (size - 1));
    }
    Set<Integer> specialIds = Set.copyOf(special.stream().map(ids::get).toList());
    return new VocabularyEntries(ids, List.copyOf(special), bytes(name, json.path("decoder"), ids, specialIds, size));
  }

  private static TokenBytes bytes(String name, JsonNode decoder, Map<String, Integer> ids, Set<Integer> special,
      int size) {
    if (TokenBytes.isByteLevel(decoder)) {
      return TokenBytes.byteLevel(ids, special, size);
    }
    if (TokenBytes.isByteFallback(decoder)) {
      return TokenBytes.sentencePiece(ids, special, size);
    }
    throw new TokenizerException(name + ": decoder '" + decoder.path("type").asText()
        + "' is not supported, only ByteLevel and SentencePiece's ByteFallback are");
  }

  private static ObjectNode object(String name, JsonNode json, String key) {
    if (json.path(key) instanceof ObjectNode object) {
      return object;
    }
    throw new TokenizerException(name + ": '" + key + "' is missing or no object");
  }
}
