package org.clarion.engine.quality;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.clarion.engine.decoder.DecodeRow;
import org.clarion.engine.decoder.Decoder;
import org.clarion.engine.decoder.DecoderStep;
import org.clarion.engine.decoder.StepLogits;

/**
 * A text cut into windows of equal length, every token of which but the first is to be predicted from those before it.
 * All windows go through a decoder side by side, one position a step.
 *
 * @param windows
 *          ids, [windows][length]
 */
public record TeacherForcing(List<int[]> windows) {
  /** Positions of a window unless the text is shorter. */
  public static final int WINDOW = 256;

  /** Told of every prediction. */
  @FunctionalInterface
  interface Predictions {
    /**
     * One row of logits.
     *
     * @param index
     *          number of the prediction, from 0
     * @param next
     *          the token that really follows
     */
    void row(int index, int next, float[] logits);
  }

  public TeacherForcing {
    windows = List.copyOf(windows);
    if (windows.isEmpty() || windows.getFirst().length < 2) {
      throw new IllegalArgumentException("a text of less than 2 tokens predicts nothing");
    }
  }

  /**
   * As many whole windows as a text has: a shorter end is left out.
   *
   * @param bos
   *          token that every window starts with, or negative for none
   */
  public static TeacherForcing of(int[] tokens, int bos) {
    int length = Math.min(WINDOW, tokens.length);
    List<int[]> windows = new ArrayList<>();
    for (int start = 0; length > 0 && start + length <= tokens.length; start += length) {
      int[] window = Arrays.copyOfRange(tokens, start, start + length);
      windows.add(bos < 0 ? window : IntStream.concat(IntStream.of(bos), Arrays.stream(window)).toArray());
    }
    return new TeacherForcing(windows);
  }

  /** The text that quality is measured on unless another is given: everyday and clinical prose, made up for this. */
  public static String standardText() {
    try (InputStream in = TeacherForcing.class.getResourceAsStream("text.txt")) {
      if (in == null) {
        throw new IllegalStateException("the jar has no text.txt");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Tokens of a window. */
  public int length() {
    return windows.getFirst().length;
  }

  /** Number of predictions. */
  public int predictions() {
    return windows.size() * (length() - 1);
  }

  /** Positions that a decoder's arena needs. */
  public int arenaTokens() {
    return windows.size() * DecoderStep.aligned(length());
  }

  void run(Decoder decoder, Predictions predictions) {
    for (int position = 0; position + 1 < length(); position++) {
      int at = position;
      List<DecodeRow> rows = IntStream.range(0, windows.size())
          .mapToObj(i -> new DecodeRow(windows.get(i)[at], at, i * DecoderStep.aligned(length()))).toList();
      try (StepLogits logits = decoder.step(new DecoderStep(List.of(), rows))) {
        for (int i = 0; i < windows.size(); i++) {
          predictions.row(position * windows.size() + i, windows.get(i)[position + 1], logits.row(i));
        }
      }
    }
  }
}
