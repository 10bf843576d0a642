package org.clarion.training.evaluate;

import org.clarion.training.data.ReportCase;
import org.clarion.training.metric.Bleu;
import org.clarion.training.metric.ChrF;
import org.clarion.training.metric.Rouge;

/**
 * One picture, what a model said about it, and how far that agrees.
 *
 * @param question
 *          what was asked
 * @param rouge
 *          without stemming
 * @param chrF
 *          0 to 100
 */
public record CaseOutcome(ReportCase subject, Truth truth, String question, Reply.Answer answer, Reading reading,
    Rouge.Scores rouge, Bleu.Counts bleu, double chrF) {
  private static final Rouge ROUGE = new Rouge(false);

  /** Judges an answer. */
  static CaseOutcome of(ReportCase subject, Truth truth, String question, Reply.Answer answer) {
    String report = subject.report();
    return new CaseOutcome(subject, truth, question, answer, Reading.of(answer.text()), ROUGE.score(report, answer
        .text()), Bleu.Counts.of(report, answer.text()), ChrF.sentence(report, answer.text()));
  }

  /** Whether the rules read exactly what the picture shows: findings with sides, or the disease, or a refusal. */
  public boolean correct() {
    return switch (truth) {
      case Truth.Chest _ -> reading.statements(truth).equals(Reading.expected(truth));
      case Truth.Skin skin -> skin.disease().isPresent() && reading.diseases().stream().findFirst().equals(skin
          .disease());
      case Truth.Distractor _ -> reading.refuses();
      case Truth.Unknown _ -> false;
    };
  }
}
