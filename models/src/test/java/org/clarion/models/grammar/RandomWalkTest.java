package org.clarion.models.grammar;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.clarion.models.Resources;
import org.clarion.models.SharedFiles;
import org.clarion.models.tokenizer.TokenTable;
import org.clarion.models.tokenizer.Tokenizers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Answers made of tokens that masks allow, drawn by several kinds of samplers: each one ends, is well-formed UTF-8, and
 * is valid by a validator that knows nothing of grammars.
 */
class RandomWalkTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int PATIENCE = 300;
  private static final int MAX_TOKENS = 3000;

  private final SchemaRegistry registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

  /** How a walk takes its next token. */
  private enum Style {
    /** Any that is allowed. */
    UNIFORM,
    /** The longest of some. */
    LONG,
    /** Single bytes first: characters are split wherever possible. */
    BYTES
  }

  private record Walk(List<Integer> tokens, String text) {}

  @Test
  void everyAnswerIsValidWithAByteLevelVocabulary(@TempDir Path folder) throws IOException {
    walk(Tokenizers.tableFromFile(Resources.copy("tokenizer/smollm2.tokenizer.json.gz", folder)), 0, 40);
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "falcon"})
  void everyAnswerIsValidWithTheFamiliesVocabularies(String family) throws IOException {
    walk(Tokenizers.tableFromFile(SharedFiles.require("fixtures/tokenizer/" + family + "/tokenizer.json")), 1000, 20);
  }

  @Test
  void everyAnswerIsValidWithBytesAlone() throws IOException {
    walk(Texts.BYTES, 2000, 100);
  }

  private void walk(TokenTable table, long firstSeed, int count) throws IOException {
    Vocabulary vocabulary = new Vocabulary(table, table.size());
    int end = -1;
    for (int id = 0; id < table.size() && end < 0; id++) {
      end = table.bytes(id).length == 0 ? id : end;
    }
    for (long seed = firstSeed; seed < firstSeed + count; seed++) {
      JsonNode schema = new RandomSchemas(seed).next();
      Constraint constraint = Constraint.of(new OutputFormat.JsonSchema(schema.toString()), vocabulary, List.of(end),
          FormatLimits.STANDARD);
      Schema validator = registry.getSchema(schema);
      for (Style style : Style.values()) {
        Walk walk = walk(constraint, table, style, new SplittableRandom(seed), end);
        assertThat(validator.validate(walk.text(), InputFormat.JSON))
            .as("seed %s, %s: %s by %s", seed, style, walk.text(), schema).isEmpty();
        JSON.readTree(walk.text());
        replay(constraint, walk);
      }
    }
  }

  private static Walk walk(Constraint constraint, TokenTable table, Style style, SplittableRandom random, int end)
      throws CharacterCodingException {
    Cursor cursor = constraint.start();
    List<Integer> tokens = new ArrayList<>();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    while (true) {
      TokenMask mask = cursor.mask();
      assertThat(mask.allows(end)).isEqualTo(cursor.complete());
      int token = tokens.size() > PATIENCE ? closing(mask, table, end, random) : choose(mask, table, style, random);
      assertThat(mask.allows(token)).isTrue();
      cursor.advance(token);
      assertThat(cursor.broken()).isFalse();
      if (token == end) {
        break;
      }
      tokens.add(token);
      bytes.writeBytes(table.bytes(token));
      assertThat(tokens).as("tokens of an answer that should have ended").hasSizeLessThan(MAX_TOKENS);
    }
    // A decoder that reports, not one that replaces.
    String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes.toByteArray())).toString();
    return new Walk(tokens, table.firstSpaceVanishes() && text.startsWith(" ") ? text.substring(1) : text);
  }

  private static int choose(TokenMask mask, TokenTable table, Style style, SplittableRandom random) {
    int best = any(mask, table.size(), random);
    for (int tries = 0; tries < 20 && style != Style.UNIFORM; tries++) {
      int other = any(mask, table.size(), random);
      boolean longer = table.bytes(other).length > table.bytes(best).length;
      best = longer == (style == Style.LONG) ? other : best;
    }
    return best;
  }

  private static int any(TokenMask mask, int size, SplittableRandom random) {
    int id = random.nextInt(size);
    while (!mask.allows(id)) {
      id = (id + 1) % size;
    }
    return id;
  }

  /** What brings an answer to its end. */
  private static int closing(TokenMask mask, TokenTable table, int end, SplittableRandom random) {
    if (mask.allows(end)) {
      return end;
    }
    List<Integer> closing = new ArrayList<>();
    for (int id = 0; id < table.size(); id++) {
      byte[] token = table.bytes(id);
      if (mask.allows(id) && token.length == 1 && "\"]}".indexOf(token[0]) >= 0) {
        closing.add(id);
      }
    }
    return closing.isEmpty() || random.nextInt(4) == 0
        ? any(mask, table.size(), random)
        : closing.get(random.nextInt(closing.size()));
  }

  /** An answer that goes on elsewhere, from any token on, finds the masks that it would have found. */
  private static void replay(Constraint constraint, Walk walk) {
    Cursor undisturbed = constraint.start();
    for (int cut = 0; cut < Math.min(walk.tokens().size(), 20); cut++) {
      Cursor resumed = constraint.start();
      walk.tokens().subList(0, cut).forEach(resumed::advance);
      assertThat(resumed.mask().bits()).isEqualTo(undisturbed.mask().bits());
      undisturbed.advance(walk.tokens().get(cut));
    }
  }
}
