package org.clarion.models.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.clarion.models.Resources;
import org.clarion.models.tokenizer.TokenTable;
import org.clarion.models.tokenizer.Tokenizers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConstraintTest {
  private static final int END = 256;
  private static final Vocabulary BYTES = new Vocabulary(Texts.BYTES, 257);

  private static Constraint schema(String schema, Vocabulary vocabulary, int end) {
    return Constraint.of(new OutputFormat.JsonSchema(schema.replace('\'', '"')), vocabulary, List.of(end),
        FormatLimits.STANDARD);
  }

  private static Cursor after(Constraint constraint, String text) {
    Cursor cursor = constraint.start();
    for (byte value : text.getBytes(StandardCharsets.UTF_8)) {
      cursor.advance(value & 0xFF);
    }
    return cursor;
  }

  /** The masks by the tree and by shared states, against every token tried by itself. */
  @Test
  void aMaskIsWhatEachTokenAloneWouldSay(@TempDir Path folder) throws IOException {
    TokenTable table = Tokenizers.tableFromFile(Resources.copy("tokenizer/smollm2.tokenizer.json.gz", folder));
    Vocabulary vocabulary = new Vocabulary(table, table.size() + 7);
    SplittableRandom random = new SplittableRandom(5);
    for (long seed = 0; seed < 12; seed++) {
      Constraint constraint = schema(new RandomSchemas(seed).next().toString(), vocabulary, 2);
      Cursor cursor = constraint.start();
      for (int step = 0; step < 12; step++) {
        TokenMask mask = cursor.mask();
        for (int id = 0; id < vocabulary.size(); id += 1 + random.nextInt(5)) {
          if (id != 2) {
            Cursor next = cursor.copy();
            next.advance(id);
            assertThat(mask.allows(id)).as("token %s of seed %s", id, seed).isEqualTo(!next.broken());
          }
        }
        int id = random.nextInt(vocabulary.size());
        while (!mask.allows(id)) {
          id = (id + 1) % vocabulary.size();
        }
        cursor.advance(id);
      }
    }
  }

  @Test
  void anAnswerEndsWhereItMayAndNothingFollows() {
    Constraint constraint = schema("{'type':'integer'}", BYTES, END);
    Cursor cursor = after(constraint, "1");
    assertThat(cursor.complete()).isTrue();
    assertThat(cursor.mask().allows(END)).isTrue();
    assertThat(cursor.mask().allows('2')).isTrue();
    cursor.advance(END);
    assertThat(cursor.broken()).isFalse();
    assertThat(cursor.mask().count()).isEqualTo(1);
    cursor.advance(END);
    assertThat(cursor.broken()).isFalse();
    assertThat(cursor.mask().first()).isEqualTo(END);
  }

  @Test
  void aTokenThatWasNotAllowedLeavesOnlyTheEnd() {
    Constraint constraint = schema("{'type':'integer'}", BYTES, END);
    Cursor cursor = after(constraint, "1x");
    assertThat(cursor.broken()).isTrue();
    assertThat(cursor.mask().count()).isEqualTo(1);
    assertThat(cursor.copy().broken()).isTrue();
    Cursor early = constraint.start();
    early.advance(END);
    assertThat(early.broken()).isTrue();
  }

  @Test
  void aTokenThatEndsAnswersIsNotUsedToSpellThem() {
    Constraint constraint = schema("{'type':'string','maxLength':1}", BYTES, 'a');
    assertThat(after(constraint, "\"").mask().allows('a')).isFalse();
    assertThat(after(constraint, "\"b\"").mask().allows('a')).isTrue();
    assertThatThrownBy(() -> schema("{'const':'abc'}", BYTES, 'a')).isInstanceOf(FormatException.class);
  }

  @Test
  void farCountersShareTheirMasks() {
    Constraint constraint = schema("{'type':'string','maxLength':5000}", BYTES, END);
    Cursor cursor = after(constraint, "\"");
    for (int i = 0; i < 4000; i++) {
      cursor.mask();
      cursor.advance('x');
    }
    assertThat(constraint.computed()).isLessThan(6);
  }

  @Test
  void aMaskMakesTheOthersImpossible() {
    TokenMask mask = schema("{'type':'boolean'}", BYTES, END).start().mask();
    float[] logits = new float[300];
    mask.apply(logits);
    for (int id = 0; id < logits.length; id++) {
      assertThat(logits[id]).isEqualTo(id == 't' || id == 'f' ? 0 : Float.NEGATIVE_INFINITY);
    }
    assertThat(mask.allows(-1)).isFalse();
    assertThat(mask.allows(100_000)).isFalse();
  }

  @Test
  void nothingIsAllowedInAClosedOne() {
    TokenMask mask = Constraint.closed(BYTES, List.of(END)).start().mask();
    assertThat(mask.count()).isEqualTo(1);
    assertThat(mask.first()).isEqualTo(END);
  }
}
