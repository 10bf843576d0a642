package org.clarion.models.grammar;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.clarion.models.tokenizer.TokenTable;
import org.clarion.models.tokenizer.Tokenizers;

/**
 * What masks cost, printed: {@code MaskCost VOCABULARY-FILE...}. Answers are drawn as in the tests; the first one of a
 * format finds nothing made, the later ones most of it.
 */
final class MaskCost {
  private static final int ANSWERS = 40;
  private static final int MAX_TOKENS = 400;

  private MaskCost() {}

  private static Map<String, OutputFormat> formats() {
    Map<String, OutputFormat> formats = new LinkedHashMap<>();
    formats.put("finding (enum, bounded strings, numbers)", new OutputFormat.JsonSchema("""
        {"type":"object","properties":{"lesion":{"type":"string","maxLength":120},
         "side":{"enum":["left","right","both",null]},"size_mm":{"type":"number","minimum":0,"maximum":500},
         "codes":{"type":"array","maxItems":4,"items":{"type":"string","pattern":"^[A-Z]\\\\d{2}(\\\\.\\\\d)?$"}},
         "date":{"type":"string","format":"date"},"urgent":{"type":"boolean"}},
         "required":["lesion","side","size_mm","codes","date","urgent"]}"""));
    formats.put("free strings in a list", new OutputFormat.JsonSchema(
        "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}"));
    formats.put("any JSON object", new OutputFormat.AnyJson());
    formats.put("two sections", new OutputFormat.Sections(List.of("Findings", "Impression")));
    return formats;
  }

  /** Prints a line for each vocabulary and format. */
  public static void main(String[] files) {
    for (String file : files) {
      TokenTable table = Tokenizers.tableFromFile(Path.of(file));
      long start = System.nanoTime();
      Vocabulary vocabulary = new Vocabulary(table, table.size());
      System.out.printf("%s: %d ids, longest %d bytes, tree in %d ms%n", file, table.size(), vocabulary.longest(),
          (System.nanoTime() - start) / 1_000_000);
      // The first round is for the compiler.
      for (boolean told : new boolean[]{false, true}) {
        formats().forEach((name, format) -> measure(name, format, vocabulary, told));
      }
    }
  }

  private static void measure(String name, OutputFormat format, Vocabulary vocabulary, boolean told) {
    int end = 0;
    while (vocabulary.bytes(end).length > 0) {
      end++;
    }
    long start = System.nanoTime();
    Constraint constraint = Constraint.of(format, vocabulary, List.of(end), FormatLimits.STANDARD);
    double compiled = (System.nanoTime() - start) / 1e6;
    List<Double> first = new ArrayList<>();
    List<Double> later = new ArrayList<>();
    for (int answer = 0; answer < ANSWERS; answer++) {
      answer(constraint, vocabulary, end, new SplittableRandom(answer), answer == 0 ? first : later);
    }
    if (told) {
      System.out.printf("  %-42s compiled in %5.1f ms; first answer %s; later %s; %d masks, %.1f MiB%n", name, compiled,
          summary(first), summary(later), constraint.computed(), constraint.memory() / 1048576.0);
    }
  }

  private static String summary(List<Double> micros) {
    double[] sorted = micros.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return String.format("mean %.0f us p50 %.1f p99 %.0f max %.0f (%d rows)", Arrays.stream(sorted).average().orElse(0),
        sorted[sorted.length / 2], sorted[sorted.length * 99 / 100], sorted[sorted.length - 1], sorted.length);
  }

  private static void answer(Constraint constraint, Vocabulary vocabulary, int end, SplittableRandom random,
      List<Double> micros) {
    Cursor cursor = constraint.start();
    float[] logits = new float[vocabulary.size()];
    for (int i = 0; i < MAX_TOKENS; i++) {
      long start = System.nanoTime();
      TokenMask mask = cursor.mask();
      mask.apply(logits);
      micros.add((System.nanoTime() - start) / 1e3);
      int token = random.nextInt(vocabulary.size());
      while (!mask.allows(token)) {
        token = (token + 1) % vocabulary.size();
      }
      if (token == end) {
        return;
      }
      cursor.advance(token);
    }
  }
}
