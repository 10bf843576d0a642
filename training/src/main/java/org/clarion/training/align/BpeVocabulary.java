package org.clarion.training.align;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Learns a vocabulary from texts: byte pair encoding over bytes (Sennrich et al., 2016), words as GPT-2 splits them,
 * every digit by itself. The same texts give the same vocabulary.
 */
final class BpeVocabulary {
  /** Ids 0, 1, 2: end of text, start and end of a turn in ChatML. */
  static final List<String> SPECIALS = List.of("<|endoftext|>", "<|im_start|>", "<|im_end|>");

  private static final Pattern WORDS = Pattern.compile(
      "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+");
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String[] SPELLINGS = spellings();

  private BpeVocabulary() {}

  private record Pair(String left, String right) {
    String joined() {
      return left + right;
    }
  }

  /** A word in pieces, and how often it was met. */
  private static final class Word {
    List<String> pieces;
    long count;

    Word(List<String> pieces) {
      this.pieces = pieces;
    }
  }

  /**
   * Learns.
   *
   * @param size
   *          ids, at least the specials and the 256 bytes; fewer come out where the texts have no more to give
   * @return a {@code tokenizer.json}
   */
  static String learn(Iterable<String> texts, int size) {
    Map<String, Word> words = new TreeMap<>();
    for (String text : texts) {
      Matcher matcher = WORDS.matcher(text);
      while (matcher.find()) {
        words.computeIfAbsent(matcher.group(), word -> new Word(pieces(word))).count++;
      }
    }
    List<String> tokens = new ArrayList<>(SPECIALS);
    tokens.addAll(List.of(SPELLINGS));
    List<Pair> merges = new ArrayList<>();
    while (tokens.size() < size) {
      Map<Pair, Long> counts = new HashMap<>();
      for (Word word : words.values()) {
        for (int i = 1; i < word.pieces.size(); i++) {
          counts.merge(new Pair(word.pieces.get(i - 1), word.pieces.get(i)), word.count, Long::sum);
        }
      }
      Map.Entry<Pair, Long> best = counts.entrySet().stream().max(Map.Entry.<Pair, Long>comparingByValue()
          .thenComparing(entry -> entry.getKey().left(), Comparator.reverseOrder()).thenComparing(entry -> entry
              .getKey().right(), Comparator.reverseOrder()))
          .orElse(null);
      if (best == null || best.getValue() < 2) {
        break;
      }
      merges.add(best.getKey());
      if (!tokens.contains(best.getKey().joined())) {
        tokens.add(best.getKey().joined());
      }
      words.values().forEach(word -> word.pieces = merged(word.pieces, best.getKey()));
    }
    return json(tokens, merges);
  }

  private static List<String> pieces(String word) {
    List<String> pieces = new ArrayList<>();
    for (byte one : word.getBytes(StandardCharsets.UTF_8)) {
      pieces.add(SPELLINGS[one & 0xFF]);
    }
    return pieces;
  }

  private static List<String> merged(List<String> pieces, Pair pair) {
    List<String> merged = new ArrayList<>(pieces.size());
    for (int i = 0; i < pieces.size(); i++) {
      if (i + 1 < pieces.size() && pieces.get(i).equals(pair.left()) && pieces.get(i + 1).equals(pair.right())) {
        merged.add(pair.joined());
        i++;
      } else {
        merged.add(pieces.get(i));
      }
    }
    return merged;
  }

  /** How GPT-2's vocabulary spells bytes: printable ones as themselves, the others beyond the first 256 characters. */
  private static String[] spellings() {
    String[] spellings = new String[256];
    int next = 256;
    for (int i = 0; i < 256; i++) {
      boolean printable = (i >= '!' && i <= '~') || (i >= 0xA1 && i <= 0xFF && i != 0xAD);
      spellings[i] = String.valueOf((char) (printable ? i : next++));
    }
    return spellings;
  }

  private static String json(List<String> tokens, List<Pair> merges) {
    ObjectNode top = JSON.createObjectNode();
    top.put("version", "1.0");
    top.putNull("truncation").putNull("padding");
    ArrayNode added = top.putArray("added_tokens");
    for (int i = 0; i < SPECIALS.size(); i++) {
      added.addObject().put("id", i).put("content", SPECIALS.get(i)).put("single_word", false).put("lstrip", false)
          .put("rstrip", false).put("normalized", false).put("special", true);
    }
    top.putNull("normalizer");
    ObjectNode split = top.putObject("pre_tokenizer").put("type", "Sequence");
    ArrayNode steps = split.putArray("pretokenizers");
    steps.addObject().put("type", "Digits").put("individual_digits", true);
    byteLevel(steps.addObject(), false);
    top.putNull("post_processor");
    byteLevel(top.putObject("decoder"), true);
    ObjectNode model = top.putObject("model").put("type", "BPE");
    List.of("dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix").forEach(model::putNull);
    model.put("fuse_unk", false).put("byte_fallback", false).put("ignore_merges", false);
    Map<String, Integer> vocabulary = new LinkedHashMap<>();
    tokens.forEach(token -> vocabulary.put(token, vocabulary.size()));
    model.set("vocab", JSON.valueToTree(vocabulary));
    ArrayNode rules = model.putArray("merges");
    merges.forEach(pair -> rules.addArray().add(pair.left()).add(pair.right()));
    return top.toString();
  }

  private static void byteLevel(ObjectNode node, boolean space) {
    node.put("type", "ByteLevel").put("add_prefix_space", space).put("trim_offsets", true).put("use_regex", true);
  }
}
