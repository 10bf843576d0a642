package org.clarion.deploy.parity;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.clarion.engine.parity.Comparison;
import org.clarion.training.metric.Bleu;
import org.clarion.training.metric.ChrF;
import org.clarion.training.metric.Overlap;
import org.clarion.training.metric.Rouge;
import org.clarion.training.metric.Words;

/** Scores of texts: words and counts exactly, figures within 1e-9. */
final class MetricsSet extends CaseSet {
  private static final double TOLERANCE = 1e-9;
  private static final String FILE = "metrics/cases.json";

  MetricsSet() {
    super("metrics", FILE);
  }

  @Override
  protected void compare(Path fixtures, Comparison comparison) throws IOException {
    JsonNode all = json(fixtures.resolve(FILE));
    List<String> references = new ArrayList<>();
    List<String> predictions = new ArrayList<>();
    for (JsonNode pair : all.path("cases")) {
      String reference = pair.path("reference").asText();
      String prediction = pair.path("prediction").asText();
      words(comparison, "words", Words.of(reference), pair.path("reference_tokens"));
      words(comparison, "stems", Words.of(reference, true), pair.path("reference_tokens_stemmed"));
      rouge(comparison, new Rouge(false).score(reference, prediction), pair.path("plain"));
      rouge(comparison, new Rouge(true).score(reference, prediction), pair.path("stemmed"));
      bleu(comparison, "sentence BLEU", Bleu.sentence(reference, prediction), pair.path("sentence_bleu"));
      near(comparison, "sentence chrF", ChrF.sentence(reference, prediction), pair.path("sentence_chrf"));
      references.add(reference);
      predictions.add(prediction);
    }
    Bleu.Score corpus = Bleu.corpus(references, predictions);
    bleu(comparison, "corpus BLEU", corpus, all.path("corpus_bleu"));
    comparison.near("corpus BLEU precisions", corpus.precisions().stream().mapToDouble(p -> p).toArray(),
        StreamSupport.stream(all.path("corpus_bleu").path("precisions").spliterator(), false)
            .mapToDouble(JsonNode::asDouble).toArray(),
        TOLERANCE);
    near(comparison, "corpus chrF", ChrF.corpus(references, predictions), all.path("corpus_chrf").path("score"));
  }

  private static void words(Comparison comparison, String what, List<String> actual, JsonNode expected) {
    same(comparison, what, String.join(" ", actual),
        String.join(" ", StreamSupport.stream(expected.spliterator(), false).map(JsonNode::asText).toList()));
  }

  private static void rouge(Comparison comparison, Rouge.Scores scores, JsonNode expected) {
    Map.of("rouge1", scores.rouge1(), "rouge2", scores.rouge2(), "rougeL", scores.rougeL(), "rougeLsum",
        scores.rougeLsum()).forEach((kind, actual) -> overlap(comparison, kind, actual, expected.path(kind)));
  }

  private static void overlap(Comparison comparison, String kind, Overlap actual, JsonNode expected) {
    near(comparison, kind + " precision", actual.precision(), expected.path("precision"));
    near(comparison, kind + " recall", actual.recall(), expected.path("recall"));
    near(comparison, kind + " F1", actual.f1(), expected.path("fmeasure"));
  }

  private static void bleu(Comparison comparison, String what, Bleu.Score actual, JsonNode expected) {
    near(comparison, what, actual.score(), expected.path("score"));
    near(comparison, what + " brevity penalty", actual.brevityPenalty(), expected.path("brevity_penalty"));
    comparison.same(what + " counts", actual.counts().stream().mapToInt(c -> c).toArray(), ints(expected.path(
        "counts")));
    comparison.same(what + " totals", actual.totals().stream().mapToInt(c -> c).toArray(), ints(expected.path(
        "totals")));
  }

  private static void near(Comparison comparison, String what, double actual, JsonNode expected) {
    comparison.near(what, new double[]{actual}, new double[]{expected.asDouble()}, TOLERANCE);
  }
}
