package org.clarion.training.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.clarion.training.phantom.Finding;
import org.clarion.training.phantom.Side;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FindingReaderTest {
  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"There is a small left effusion.|EFFUSION LEFT",
      "Right-sided pneumothorax.|PNEUMOTHORAX RIGHT", "Heart size is enlarged.|CARDIOMEGALY",
      "The heart is mildly enlarged, lungs are clear.|CARDIOMEGALY",
      "The cardiac silhouette is enlarged, in keeping with mild cardiomegaly.|CARDIOMEGALY",
      "Bilateral pleural effusions, larger on the right.|EFFUSION BOTH",
      "The left costophrenic angle is blunted by a small left pleural effusion.|EFFUSION LEFT",
      "Blunting of the right costophrenic angle.|EFFUSION RIGHT",
      "There is a large right pneumothorax with mediastinal shift to the left.|PNEUMOTHORAX RIGHT",
      "Patchy opacity in the left lower lobe may represent pneumonia.|CONSOLIDATION LEFT",
      "Consolidation in the RUL; no effusion.|CONSOLIDATION RIGHT",
      "A round opacity is in keeping with a small right upper zone pulmonary nodule.|NODULE RIGHT",
      "Nodules in both lungs.|NODULE BOTH",
      "Pneumothorax on the right, effusion on the left.|EFFUSION LEFT, PNEUMOTHORAX RIGHT",
      "Small right effusion and a left pneumothorax.|EFFUSION RIGHT, PNEUMOTHORAX LEFT",
      "Left and right pleural effusions.|EFFUSION BOTH",
      "An endotracheal tube is in place, with its tip above the carina.|TUBE",
      "A left subclavian line ends in the superior vena cava.|LINE LEFT",
      "No pneumothorax, but there is a small left effusion.|EFFUSION LEFT",
      "No pneumothorax, small left effusion.|EFFUSION LEFT",
      "There is no consolidation and the heart is enlarged.|CARDIOMEGALY",
      "There is an effusion on the left and pneumothorax is not seen.|EFFUSION LEFT",
      "A small right pneumothorax cannot be excluded.|PNEUMOTHORAX RIGHT",
      "No change in the left pleural effusion.|EFFUSION LEFT",
      "No right pneumothorax. Small left pneumothorax.|PNEUMOTHORAX LEFT",
      "A visceral pleural line on the left outlines a small left pneumothorax.|PNEUMOTHORAX LEFT",
      "A small right pneumothorax is present, without lung markings beyond the pleural line.|PNEUMOTHORAX RIGHT",
      "Small bilateral pleural effusions blunt both costophrenic angles.|EFFUSION BOTH"})
  void readsWhatIsThere(String report, String expected) {
    assertThat(present(report)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"No pleural effusion.", "No focal consolidation, pleural effusion or pneumothorax.",
      "No focal consolidation, large pleural effusion, or pneumothorax.", "Pleural effusion is not seen.",
      "The lungs are clear. Heart size is normal.", "The heart is not enlarged.", "Without effusion or pneumothorax.",
      "Effusion or pneumothorax is not identified.", "No evidence of pneumonia.", "Pneumothorax: none.",
      "The previously seen effusion has resolved.", "Negative for pneumothorax.",
      "There is neither effusion nor nodule.",
      "Pneumothorax has been ruled out.", "Pneumothorax is unlikely.", "No acute cardiopulmonary abnormality.",
      "The costophrenic angles are sharp.", "Small pericardial effusion.", "No tubes or lines.",
      "The heart is normal in size and the lungs are clear.", "There isn't any effusion.", ""})
  void readsThatNothingIsThere(String report) {
    assertThat(present(report)).isEmpty();
  }

  @Test
  void normalityDenies() {
    assertThat(FindingReader.read("The heart size is normal. Both lungs are clear.")).extracting(
        FindingMention::finding, FindingMention::certainty)
        .containsExactly(tuple(Finding.CARDIOMEGALY),
            tuple(Finding.CONSOLIDATION), tuple(Finding.NODULE));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"There is a left effusion. Impression: no effusion.|1",
      "Small left effusion. No right effusion.|0", "Left effusion. Right pneumothorax.|0",
      "Cardiomegaly. The heart size is normal. Left nodule, no left nodule.|2"})
  void countsContradictions(String report, int contradictions) {
    assertThat(FindingReader.contradictions(FindingReader.read(report))).isEqualTo(contradictions);
  }

  private static org.assertj.core.groups.Tuple tuple(Finding finding) {
    return org.assertj.core.groups.Tuple.tuple(finding, Certainty.DENIED);
  }

  private static String present(String report) {
    Map<String, String> sides = new TreeMap<>();
    FindingReader.present(FindingReader.read(report)).forEach((finding, of) -> sides.put(finding.name(), words(of)));
    return Arrays.stream(Finding.values()).map(Finding::name).filter(sides::containsKey).map(name -> (name + " " + sides
        .get(name)).strip()).collect(Collectors.joining(", "));
  }

  private static String words(Set<Side> sides) {
    return switch (sides.size()) {
      case 0 -> "";
      case 1 -> sides.iterator().next().name();
      default -> "BOTH";
    };
  }
}
