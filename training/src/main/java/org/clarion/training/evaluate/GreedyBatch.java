package org.clarion.training.evaluate;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.clarion.engine.decoder.DecodeRow;
import org.clarion.engine.decoder.Decoder;
import org.clarion.engine.decoder.DecoderStep;
import org.clarion.engine.decoder.PrefillRow;
import org.clarion.engine.decoder.StepLogits;
import org.clarion.models.manifest.ModelManifest;
import org.clarion.models.tokenizer.Tokenizer;

/** Writes several answers side by side, always the likeliest token. To be used by the decoder's thread. */
final class GreedyBatch {
  private final Decoder decoder;
  private final Tokenizer tokenizer;
  private final Set<Integer> stopIds = new HashSet<>();
  private final List<String> stopTexts;
  private final int maxTokens;

  GreedyBatch(Decoder decoder, Tokenizer tokenizer, ModelManifest.Stop stop, int maxTokens) {
    this.decoder = decoder;
    this.tokenizer = tokenizer;
    this.stopTexts = stop.texts();
    this.maxTokens = maxTokens;
    stopIds.addAll(stop.ids());
    stop.tokens().forEach(token -> stopIds.add(tokenizer.idOf(token)));
  }

  /**
   * An answer.
   *
   * @param confidence
   *          geometric mean of the probabilities of its tokens, the one that ended it among them
   * @param ended
   *          whether a stop rule ended it
   */
  record Written(String text, double confidence, boolean ended) {}

  /** One answer on its way. */
  private final class Row {
    final StringBuilder text = new StringBuilder();
    final Tokenizer.StreamDecoder words = tokenizer.streamDecoder();
    final int offset;
    int position;
    int last;
    int tokens;
    double logarithms;
    boolean ended;
    boolean done;

    Row(PrefillRow prompt) {
      this.offset = prompt.arenaOffset();
      this.position = prompt.tokens().length;
    }

    void take(int token, double logarithm, int extent) {
      tokens++;
      logarithms += logarithm;
      last = token;
      if (stopIds.contains(token)) {
        ended = true;
      } else {
        text.append(words.next(token));
        cut();
      }
      done = ended || tokens == maxTokens || position == extent;
      if (done && !ended) {
        text.append(words.flush());
        cut();
      }
    }

    private void cut() {
      for (String stop : stopTexts) {
        int place = text.indexOf(stop);
        if (place >= 0) {
          text.setLength(place);
          ended = true;
        }
      }
    }

    Written written() {
      return new Written(text.toString(), Math.exp(logarithms / tokens), ended);
    }
  }

  /**
   * Answers prompts.
   *
   * @param extent
   *          positions of the arena that each prompt has from its offset on
   */
  List<Written> write(List<PrefillRow> prompts, int extent) throws InterruptedException {
    List<Row> rows = prompts.stream().map(Row::new).toList();
    if (!rows.isEmpty()) {
      step(new DecoderStep(prompts, List.of()), rows, extent);
    }
    List<Row> open = rows.stream().filter(row -> !row.done).toList();
    while (!open.isEmpty()) {
      if (Thread.interrupted()) {
        throw new InterruptedException("the evaluation was stopped");
      }
      List<DecodeRow> next = new ArrayList<>();
      open.forEach(row -> next.add(new DecodeRow(row.last, row.position++, row.offset)));
      step(new DecoderStep(List.of(), next), open, extent);
      open = open.stream().filter(row -> !row.done).toList();
    }
    return rows.stream().map(Row::written).toList();
  }

  private void step(DecoderStep step, List<Row> rows, int extent) {
    try (StepLogits logits = decoder.step(step)) {
      int[] best = logits.argmax();
      float[] logarithms = logits.logProbabilities(best);
      for (int i = 0; i < best.length; i++) {
        rows.get(i).take(best[i], logarithms[i], extent);
      }
    }
  }
}
