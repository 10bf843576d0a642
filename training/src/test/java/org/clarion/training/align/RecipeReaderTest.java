package org.clarion.training.align;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import org.clarion.engine.decoder.Precision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecipeReaderTest {
  private static final String GOOD = """
      name: mine
      seed: 7
      model: tiny
      stages:
        - name: one
          train: [projection]
          prompts: ["<ImageHere>"]
          batch: 3
          rate: {start: 1e-6, peak: 1e-4, end: 8e-5, warm-up: 5, epochs: 4, steps-per-epoch: 10}
      """;

  @Test
  void everyRecipeThatComesWithClarionIsRead() {
    for (String name : RecipeReader.NAMES) {
      Recipe recipe = RecipeReader.read(name);
      assertThat(recipe.name()).isEqualTo(name);
      assertThat(recipe.stages()).isNotEmpty();
    }
  }

  @Test
  void xrayGptHasThePublishedValues() {
    Stage first = RecipeReader.read("xraygpt").stages().getFirst();
    assertThat(first.train()).isEqualTo(Set.of(Part.PROJECTION));
    assertThat(first.rate().at(0)).isEqualTo(1e-6);
    assertThat(first.rate().steps()).isEqualTo(20_000);
    assertThat(first.batch()).isEqualTo(3);
    assertThat(first.maxAnswer()).isEqualTo(32);
    assertThat(first.end()).isEqualTo("\n");
    assertThat(first.decay()).isEqualTo(0.05);
  }

  @Test
  void whatIsLeftOutHasDefaults() {
    Recipe recipe = RecipeReader.parse(GOOD, "mine.yaml");
    Stage stage = recipe.stages().getFirst();
    assertThat(recipe.seed()).isEqualTo(7);
    assertThat(stage.teach()).isEqualTo(Teaching.REPORTS);
    assertThat(stage.material()).isEqualTo(new Material.Given("data"));
    assertThat(stage.precision()).isEqualTo(Precision.FLOAT32);
    assertThat(stage.rate().steps()).isEqualTo(40);
    assertThat(stage.rate().warmupByEpoch()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', textBlock = """
      train: [projection]           | train: []                 | names no part, so the stage would teach nothing
      train: [projection]           | train: [everything]       | has 'everything'; allowed are encoder, qformer, projection, llm
      batch: 3                      | batch: 0                  | stages[0].batch is 0
      batch: 3                      | batch: 2.5                | no whole number
      batch: 3                      | batch: many               | is 'many', no number
      batch: 3                      | batsh: 3                  | stages[0].batsh is not known
      peak: 1e-4                    | peak: 0                   | stages[0].rate.peak is 0
      steps-per-epoch: 10           | end2: 0                   | stages[0].rate.end2 is not known
      ', steps-per-epoch: 10'       | ''                        | stages[0].rate.steps-per-epoch is missing
      '"<ImageHere>"'               | '"what is it?"'           | does not have <ImageHere> once
      batch: 3                      | teach: labels             | read off before the projection
      batch: 3                      | teach: songs              | allowed are captions, reports, dialogues, labels
      batch: 3                      | precision: f16            | allowed are f32, bf16
      batch: 3                      | 'data: {phantoms: lung}'  | allowed are mix, chest, skin, distractor
      name: one                     | name: a/b                 | allowed are 1 to 40 letters
      """)
  void whatCannotBeFollowedIsRefusedByName(String good, String bad, String message) {
    String text = GOOD.replace(good, bad);
    assertThat(text).isNotEqualTo(GOOD);
    assertThatThrownBy(() -> RecipeReader.parse(text, "mine.yaml")).isInstanceOf(AlignException.class)
        .hasMessageStartingWith("mine.yaml: ").hasMessageContaining(message);
  }

  @Test
  void noRecipeOfThatName() {
    assertThatThrownBy(() -> RecipeReader.read("nonesuch")).isInstanceOf(AlignException.class).hasMessageContaining(
        "xraygpt");
  }

  @Test
  void noYaml() {
    assertThatThrownBy(() -> RecipeReader.parse("a: [", "x.yaml")).isInstanceOf(AlignException.class)
        .hasMessageContaining("x.yaml is no YAML, near line");
  }
}
