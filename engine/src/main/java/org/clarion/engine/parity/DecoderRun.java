package org.clarion.engine.parity;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.clarion.engine.decoder.DecodeRow;
import org.clarion.engine.decoder.Decoder;
import org.clarion.engine.decoder.DecoderStep;
import org.clarion.engine.decoder.EmbeddingSpan;
import org.clarion.engine.decoder.PrefillRow;
import org.clarion.engine.decoder.StepLogits;

/** Runs prompts through a decoder the ways a server would. */
final class DecoderRun {
  private final Decoder decoder;
  private final int hidden;

  DecoderRun(Decoder decoder) {
    this.decoder = decoder;
    this.hidden = decoder.config().hidden();
  }

  /**
   * A prompt.
   *
   * @param ids
   *          tokens, -1 where a vector of {@code embeddings} takes the place
   * @param embeddings
   *          [ids, hidden], used where the id is -1
   */
  record Prompt(int[] ids, float[] embeddings) {
    static Prompt ofTokens(int[] ids) {
      return new Prompt(ids, new float[0]);
    }
  }

  /** A part of a prompt at a place in the arena. */
  PrefillRow chunk(Prompt prompt, int start, int count, int extent) {
    List<EmbeddingSpan> spans = new ArrayList<>();
    int[] tokens = new int[count];
    for (int i = 0; i < count; i++) {
      int id = prompt.ids()[start + i];
      tokens[i] = Math.max(id, 0);
      if (id < 0) {
        spans.add(new EmbeddingSpan(i,
            Arrays.copyOfRange(prompt.embeddings(), (start + i) * hidden, (start + i + 1) * hidden)));
      }
    }
    return new PrefillRow(tokens, start, extent, spans, true);
  }

  /** Logits after each of the prompt's tokens, the prompt being fed one token a step: [tokens * vocabulary]. */
  float[] everyRow(Prompt prompt, int extent) {
    int vocabulary = decoder.config().vocabulary();
    float[] all = new float[prompt.ids().length * vocabulary];
    for (int i = 0; i < prompt.ids().length; i++) {
      float[] row = prefill(prompt, i, 1, extent);
      System.arraycopy(row, 0, all, i * vocabulary, vocabulary);
    }
    return all;
  }

  /** Logits after the last token of one chunk. */
  float[] prefill(Prompt prompt, int start, int count, int extent) {
    try (StepLogits logits = decoder.step(new DecoderStep(List.of(chunk(prompt, start, count, extent)), List.of()))) {
      return logits.row(0);
    }
  }

  /** Logits after one token at the given position. */
  float[] decode(int token, int position, int extent) {
    DecodeRow row = new DecodeRow(token, position, extent);
    try (StepLogits logits = decoder.step(new DecoderStep(List.of(), List.of(row)))) {
      return logits.row(0);
    }
  }

  /** Greedy answers of prompts that run together, each in its own extent. */
  int[][] greedy(List<Prompt> prompts, int[] extents, int tokens) {
    int[][] answers = new int[prompts.size()][tokens];
    List<PrefillRow> prefills = IntStream.range(0, prompts.size())
        .mapToObj(i -> chunk(prompts.get(i), 0, prompts.get(i).ids().length, extents[i])).toList();
    int[] last = step(new DecoderStep(prefills, List.of()));
    for (int n = 0; n < tokens; n++) {
      List<DecodeRow> rows = new ArrayList<>();
      for (int i = 0; i < answers.length; i++) {
        answers[i][n] = last[i];
        rows.add(new DecodeRow(last[i], prompts.get(i).ids().length + n, extents[i]));
      }
      if (n < tokens - 1) {
        last = step(new DecoderStep(List.of(), rows));
      }
    }
    return answers;
  }

  private int[] step(DecoderStep step) {
    try (StepLogits logits = decoder.step(step)) {
      return logits.argmax();
    }
  }
}
