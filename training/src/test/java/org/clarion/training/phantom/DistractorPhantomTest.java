package org.clarion.training.phantom;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Distractors are many things, and each is refused by name. */
class DistractorPhantomTest {
  @Test
  void everyOneIsRefusedAndNoneIsReported() {
    PhantomGenerator generator = new PhantomGenerator(56);
    Set<String> subjects = new HashSet<>();
    Set<String> questions = new HashSet<>();
    for (long seed = 0; seed < 200; seed++) {
      PhantomCase one = generator.next(PhantomKind.DISTRACTOR, seed).details();
      subjects.add(((Labels.Distractor) one.labels()).subject());
      assertThat(one.report()).containsAnyOf("cannot", "not a medical image").contains("shows").doesNotContain(
          "Findings:", "Impression:", "clinical concepts");
      questions.add(one.dialogue().getFirst().question());
      assertThat(one.text(Stage.ONE)).isEqualTo(one.report());
    }
    assertThat(subjects).hasSizeGreaterThanOrEqualTo(12);
    // Whoever learns from these must not be able to tell from the question that it is to refuse.
    assertThat(questions).containsAll(FirstQuestions.CHEST).containsAll(FirstQuestions.SKIN)
        .containsAll(FirstQuestions.GENERAL);
  }
}
