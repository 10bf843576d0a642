package org.clarion.training.metric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class MetricsTest {
  private static final Offset<Double> EXACT = within(1e-9);

  static Stream<JsonNode> cases() throws IOException {
    JsonNode all = new ObjectMapper().readTree(MetricsTest.class.getResourceAsStream("cases.json"));
    return StreamSupport.stream(all.path("cases").spliterator(), false);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsTheReferencePackages(JsonNode pair) {
    String reference = pair.path("reference").asText();
    String prediction = pair.path("prediction").asText();
    assertThat(Words.of(reference, true)).isEqualTo(StreamSupport.stream(pair.path("reference_tokens_stemmed")
        .spliterator(), false).map(JsonNode::asText).toList());
    rouge(new Rouge(false).score(reference, prediction), pair.path("plain"));
    rouge(new Rouge(true).score(reference, prediction), pair.path("stemmed"));
    assertThat(Bleu.sentence(reference, prediction).score()).isCloseTo(pair.path("sentence_bleu").path("score")
        .asDouble(), EXACT);
    assertThat(ChrF.sentence(reference, prediction)).isCloseTo(pair.path("sentence_chrf").asDouble(), EXACT);
  }

  private static void rouge(Rouge.Scores actual, JsonNode expected) {
    overlap(actual.rouge1(), expected.path("rouge1"));
    overlap(actual.rouge2(), expected.path("rouge2"));
    overlap(actual.rougeL(), expected.path("rougeL"));
    overlap(actual.rougeLsum(), expected.path("rougeLsum"));
  }

  private static void overlap(Overlap actual, JsonNode expected) {
    assertThat(actual.precision()).isCloseTo(expected.path("precision").asDouble(), EXACT);
    assertThat(actual.recall()).isCloseTo(expected.path("recall").asDouble(), EXACT);
    assertThat(actual.f1()).isCloseTo(expected.path("fmeasure").asDouble(), EXACT);
  }

  @ParameterizedTest
  @CsvSource({"dying,die", "flies,fli", "dies,die", "denied,deni", "agreed,agre", "hopping,hop", "falling,fall",
      "conditional,condit", "radiology,radiolog", "hopefulli,hope", "relational,relat", "enjoy,enjoy", "by,by",
      "controlling,control", "filing,file", "owed,owe"})
  void stemsAsNltkDoes(String word, String stem) {
    assertThat(PorterStemmer.stem(word)).isEqualTo(stem);
  }

  @Test
  void ciderOfTheReferenceItselfIsTen() {
    List<String> references = List.of("a small left pleural effusion is seen", "the heart is enlarged again today");
    Cider cider = new Cider(references);

    assertThat(cider.scores(references)).allSatisfy(score -> assertThat(score).isCloseTo(10, EXACT));
    assertThat(cider.scores(List.of("", "nothing in common"))).containsExactly(0.0, 0.0);
  }

  /** By hand: of two documents a word of one weighs ln 2, a word of both nothing. */
  @Test
  void ciderWeighsClipsAndPunishesLength() {
    Cider cider = new Cider(List.of("the heart", "the lung"));
    // One word: "heart" weighs ln 2 in both; two words: "the heart" too; longer runs do not exist.
    double same = cider.scores(List.of("the heart", "")).getFirst();
    assertThat(same).isCloseTo(10 * 2 / 4.0, EXACT);
    // "heart heart": 2 ln 2 clipped at ln 2, norms 2 ln 2 and ln 2: 1/2; its run of two words is unknown.
    assertThat(cider.scores(List.of("heart heart", "")).getFirst()).isCloseTo(10 * 0.5 / 4, EXACT);
    // "heart" alone: 1 for one word, times the penalty for a length that is one run of two words shorter.
    assertThat(cider.scores(List.of("heart", "")).getFirst()).isCloseTo(10 * Math.exp(-1 / 72.0) / 4, EXACT);
  }
}
