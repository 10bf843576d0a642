package org.clarion.training.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReportCleanerTest {
  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"PA and lateral views of the chest were obtained.||VIEW",
      "Frontal and lateral views of the chest demonstrate clear lungs.|Clear lungs.|VIEW",
      "No pneumothorax is seen on the lateral view.|No pneumothorax is seen.|VIEW",
      "There is a small left pleural effusion, unchanged since the prior study.|There is a small left pleural effusion.|PRIOR_STUDY",
      "The heart is enlarged compared to the previous radiograph from 2012.|The heart is enlarged.|PRIOR_STUDY",
      "As compared to the prior examination, the effusion is smaller.|The effusion is smaller.|PRIOR_STUDY",
      "Cardiomegaly is unchanged.|Cardiomegaly.|PRIOR_STUDY", "Comparison is made to ___.||PRIOR_STUDY",
      "There has been no significant interval change.||PRIOR_STUDY", "Dr. ___ was notified by telephone.||MASK",
      "Right-sided line ending at ___ cm.|Right-sided line ending cm.|MASK",
      "A 3.5 cm nodule in the right upper lobe.|A 3.5 cm nodule in the right upper lobe.|",
      "The right lateral costophrenic angle is blunted.|The right lateral costophrenic angle is blunted.|"})
  void takesOutWhatThePictureDoesNotShow(String sentence, String left, String rule) {
    Set<CleaningRule> rules = EnumSet.noneOf(CleaningRule.class);

    String cleaned = ReportCleaner.clean(sentence, rules);

    assertThat(cleaned).isEqualTo(left == null ? "" : left);
    assertThat(rules).extracting(CleaningRule::name).isEqualTo(rule == null ? List.of() : List.of(rule));
  }

  @Test
  void leavesOutShortReportsAndSaysWhich() {
    ReportCase shortened = report(
        "Findings: PA and lateral views of the chest were obtained. There is a small left pleural effusion, unchanged since the prior study. "
            + "Impression: Small effusion. Dr. ___ was notified by telephone.");
    ReportCase headless = report("The lungs are clear and the heart is of normal size in this patient today.");
    ReportCase bare = report(
        "Findings: The heart is normal in size and the lungs are clear without effusion. Impression: Normal.");
    ReportCase kept = report("Findings: The heart is enlarged compared to the previous radiograph from ___."
        + " There is a new consolidation in the left lower lobe. No pneumothorax is seen on the lateral view."
        + " Impression: Pneumonia, likely.");

    Cleaned cleaned = ReportCleaner.clean(List.of(shortened, headless, bare, kept));

    assertThat(cleaned.cases()).extracting(ReportCase::report).containsExactly(
        "Findings: The heart is enlarged. There is a consolidation in the left lower lobe. No pneumothorax is seen."
            + " Impression: Pneumonia, likely.");
    assertThat(cleaned.dropped()).extracting(Cleaned.Dropped::rule, Cleaned.Dropped::words).containsExactly(Tuple.tuple(
        CleaningRule.SHORT_FINDINGS, 7), Tuple.tuple(CleaningRule.SHORT_FINDINGS, 0),
        Tuple.tuple(
            CleaningRule.SHORT_IMPRESSION, 1));
    assertThat(cleaned.edited()).containsEntry(CleaningRule.PRIOR_STUDY, 2).containsEntry(CleaningRule.VIEW, 2)
        .containsEntry(CleaningRule.MASK, 1);
  }

  private static ReportCase report(String text) {
    return new ReportCase("r", Path.of("a.png"), text, Map.of(), Optional.empty(), List.of());
  }
}
