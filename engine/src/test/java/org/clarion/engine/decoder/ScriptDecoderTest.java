package org.clarion.engine.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.clarion.engine.decoder.SmallDecoders.FALCON;
import static org.clarion.engine.decoder.SmallDecoders.NINE_HEADS;
import static org.clarion.engine.decoder.SmallDecoders.decodes;
import static org.clarion.engine.decoder.SmallDecoders.logits;
import static org.clarion.engine.decoder.SmallDecoders.prefill;
import static org.clarion.engine.decoder.SmallDecoders.prefills;
import static org.clarion.engine.decoder.SmallDecoders.tokens;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.clarion.engine.collective.Collectives;
import org.clarion.engine.script.Device;
import org.clarion.models.checkpoint.DecoderWeights;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ScriptDecoderTest {
  private static final int ARENA = 600;
  private static final float CLOSE = 1e-5f;

  private static Decoder decoder = SmallDecoders.load(NINE_HEADS, Precision.FLOAT32, ARENA);

  @BeforeAll
  static void load() {
    decoder.close();
    decoder = SmallDecoders.load(NINE_HEADS, Precision.FLOAT32, ARENA);
  }

  @AfterAll
  static void close() {
    decoder.close();
  }

  private static void assertClose(float[] actual, float[] expected) {
    assertThat(actual).containsExactly(expected, within(CLOSE));
  }

  @Test
  void chunksGiveWhatTheWholePromptGives() {
    int[] prompt = tokens(100, 1);
    float[] whole = logits(decoder, prefills(prefill(prompt, 0, 0))).getFirst();
    int done = 0;
    float[] last = new float[0];
    for (int size : new int[]{1, 30, 2, 67}) {
      last = logits(decoder, prefills(prefill(Arrays.copyOfRange(prompt, done, done + size), done, 304))).getFirst();
      done += size;
    }
    assertClose(last, whole);
  }

  @Test
  void decodingGivesWhatPrefillGives() {
    int[] prompt = tokens(20, 2);
    List<float[]> decoded = new ArrayList<>();
    for (int i = 0; i < prompt.length; i++) {
      decoded.add(logits(decoder, decodes(new DecodeRow(prompt[i], i, 80))).getFirst());
    }
    for (int length : new int[]{1, 7, 20}) {
      assertClose(decoded.get(length - 1),
          logits(decoder, prefills(prefill(Arrays.copyOf(prompt, length), 0, 208))).getFirst());
    }
  }

  @Test
  void anyBatchGivesWhatEachSequenceGivesAlone() {
    Random random = new Random(3);
    int[] extents = {0, 64, 128, 192, 272, 336, 400, 464, 528};
    List<Integer> order = new ArrayList<>(List.of(0, 1, 2, 3, 4, 5, 6, 7, 8));
    for (int batch = 1; batch <= extents.length; batch++) {
      Collections.shuffle(order, random);
      List<DecodeRow> rows = new ArrayList<>();
      List<float[]> alone = new ArrayList<>();
      for (int i : order.subList(0, batch)) {
        int length = 5 + random.nextInt(50);
        decoder.step(prefills(prefill(tokens(length, i), 0, extents[i]))).close();
        DecodeRow row = new DecodeRow(i, length, extents[i]);
        alone.add(logits(decoder, decodes(row)).getFirst());
        rows.add(row);
      }
      List<float[]> together = logits(decoder, new DecoderStep(List.of(), rows));
      for (int i = 0; i < batch; i++) {
        assertClose(together.get(i), alone.get(i));
      }
    }
  }

  @Test
  void aCopiedSequenceGoesOnLikeTheOriginal() {
    int[] prompt = tokens(12, 4);
    decoder.step(prefills(prefill(prompt, 0, 0))).close();
    decoder.step(prefills(prefill(tokens(12, 5), 0, 112))).close();
    float[] original = logits(decoder, decodes(new DecodeRow(3, 12, 0))).getFirst();
    decoder.copyPositions(0, 112, 12);
    assertClose(logits(decoder, decodes(new DecodeRow(3, 12, 112))).getFirst(), original);
    float[] other = logits(decoder, decodes(new DecodeRow(9, 13, 0))).getFirst();
    decoder.copyPositions(12, 124, 1);
    assertClose(logits(decoder, decodes(new DecodeRow(9, 13, 112))).getFirst(), other);
    assertThatIllegalArgumentException().isThrownBy(() -> decoder.copyPositions(0, 5, 6))
        .withMessageContaining("6 positions from 0 to 5");
    assertThatIllegalArgumentException().isThrownBy(() -> decoder.copyPositions(0, ARENA - 3, 4))
        .withMessageContaining(String.valueOf(ARENA));
  }

  @Test
  void prefillAndDecodeShareAStep() {
    int[] prompt = tokens(12, 4);
    decoder.step(prefills(prefill(prompt, 0, 0))).close();
    float[] decodeAlone = logits(decoder, decodes(new DecodeRow(3, 12, 0))).getFirst();
    float[] prefillAlone = logits(decoder, prefills(prefill(tokens(40, 5), 0, 112))).getFirst();
    PrefillRow silent = new PrefillRow(tokens(9, 6), 0, 400, List.of(), false);
    DecoderStep mixed = new DecoderStep(List.of(silent, prefill(tokens(40, 5), 0, 208)),
        List.of(new DecodeRow(3, 12, 0)));
    List<float[]> rows = logits(decoder, mixed);
    assertThat(rows).hasSize(2);
    assertClose(rows.get(0), prefillAlone);
    assertClose(rows.get(1), decodeAlone);
    // The chunk that wanted no logits is in the arena all the same.
    assertClose(logits(decoder, prefills(prefill(tokens(3, 7), 9, 400))).getFirst(),
        continued(tokens(9, 6), tokens(3, 7)));
  }

  private static float[] continued(int[] first, int[] second) {
    int[] all = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, all, first.length, second.length);
    return logits(decoder, prefills(prefill(all, 0, 512))).getFirst();
  }

  @Test
  void spansReplaceTokenEmbeddings() {
    Random random = new Random(8);
    float[] image = new float[4 * NINE_HEADS.hidden()];
    for (int i = 0; i < image.length; i++) {
      image[i] = (float) random.nextGaussian() * 0.02f;
    }
    EmbeddingSpan whole = new EmbeddingSpan(2, image);
    float[] one = logits(decoder, prefills(new PrefillRow(tokens(8, 1), 0, 0, List.of(whole), true))).getFirst();
    int[] otherIds = tokens(8, 1);
    Arrays.fill(otherIds, 2, 6, 9);
    assertClose(logits(decoder, prefills(new PrefillRow(otherIds, 0, 48, List.of(whole), true))).getFirst(), one);
    // The image cut by a chunk's end.
    int hidden = NINE_HEADS.hidden();
    EmbeddingSpan head = new EmbeddingSpan(2, Arrays.copyOf(image, hidden));
    EmbeddingSpan tail = new EmbeddingSpan(0, Arrays.copyOfRange(image, hidden, 4 * hidden));
    int[] ids = tokens(8, 1);
    decoder.step(prefills(new PrefillRow(Arrays.copyOf(ids, 3), 0, 96, List.of(head), false))).close();
    assertClose(logits(decoder,
        prefills(new PrefillRow(Arrays.copyOfRange(ids, 3, 8), 3, 96, List.of(tail), true))).getFirst(), one);
    assertThat(logits(decoder, prefills(prefill(ids, 0, 128))).getFirst()).isNotEqualTo(one);
  }

  @Test
  void logitsAnswerOnTheDevice() {
    DecoderStep step = prefills(prefill(tokens(5, 1), 0, 0), prefill(tokens(9, 2), 0, 32));
    try (StepLogits logits = decoder.step(step)) {
      assertThat(logits.rows()).isEqualTo(2);
      int[] best = logits.argmax();
      float[] chosen = logits.logProbabilities(best);
      for (int i = 0; i < 2; i++) {
        float[] row = logits.row(i);
        double sum = 0;
        for (float value : row) {
          assertThat(value).isLessThanOrEqualTo(row[best[i]]);
          sum += Math.exp(value);
        }
        assertThat(chosen[i]).isCloseTo((float) (row[best[i]] - Math.log(sum)), within(1e-5f));
      }
      assertThatThrownBy(() -> logits.row(2)).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> logits.logProbabilities(new int[]{1})).hasMessageContaining("1 tokens for 2 rows");
    }
  }

  @Test
  void aStepWithoutRowsGivesNothing() {
    try (StepLogits logits = decoder.step(new DecoderStep(List.of(), List.of()))) {
      assertThat(logits.rows()).isZero();
      assertThat(logits.argmax()).isEmpty();
      assertThat(logits.logProbabilities(new int[0])).isEmpty();
    }
    try (StepLogits logits = decoder.step(prefills(new PrefillRow(tokens(3, 1), 0, 0, List.of(), false)))) {
      assertThat(logits.rows()).isZero();
    }
  }

  @Test
  void logitsCannotBeUsedOnceClosed() {
    StepLogits logits = decoder.step(prefills(prefill(tokens(3, 1), 0, 0)));
    logits.close();
    logits.close();
    assertThatThrownBy(logits::argmax).hasMessageContaining("closed");
  }

  @Test
  void numbersOutOfRangeAreNamed() {
    refuse(prefills(prefill(new int[]{130}, 0, 0)), "token 130", "130");
    refuse(prefills(prefill(new int[]{-1}, 0, 0)), "token -1");
    refuse(prefills(prefill(new int[0], 0, 0)), "no tokens");
    refuse(prefills(prefill(tokens(3, 1), 126, 0)), "position 126", "128");
    refuse(prefills(prefill(tokens(3, 1), -1, 0)), "position -1");
    refuse(prefills(prefill(tokens(3, 1), 0, ARENA - 2)), "arena of 600");
    refuse(decodes(new DecodeRow(1, 0, -1)), "extent at -1");
    refuse(decodes(new DecodeRow(1, 128, 0)), "position 128");
    refuse(decodes(new DecodeRow(1, 10, ARENA - 10)), "arena of 600");
    refuse(span(0, new float[71]), "71 values");
    refuse(span(2, new float[144]), "2 vectors");
    refuse(span(-1, new float[72]), "token -1");
    float[] bad = new float[72];
    bad[5] = Float.NaN;
    refuse(span(0, bad), "not finite");
  }

  private static DecoderStep span(int offset, float[] embedding) {
    return prefills(new PrefillRow(tokens(3, 1), 0, 0, List.of(new EmbeddingSpan(offset, embedding)), true));
  }

  private static void refuse(DecoderStep step, String... messages) {
    assertThatThrownBy(() -> decoder.step(step)).isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(messages);
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT16", "BFLOAT16", "INT8"})
  void everyPrecisionAgrees(Precision precision) {
    try (Decoder other = SmallDecoders.load(NINE_HEADS, precision, ARENA)) {
      assertThat(other.arenaTokens()).isEqualTo(ARENA);
      float[] expected = logits(decoder, prefills(prefill(tokens(50, 1), 0, 0))).getFirst();
      float[] actual = logits(other, prefills(prefill(tokens(50, 1), 0, 0))).getFirst();
      assertThat(actual).containsExactly(expected, within(precision == Precision.FLOAT32 ? CLOSE : 0.02f));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT16", "BFLOAT16", "INT8"})
  void everyPrecisionOfAFalconAgrees(Precision precision) {
    try (Decoder exact = SmallDecoders.load(FALCON, Precision.FLOAT32, ARENA);
        Decoder other = SmallDecoders.load(FALCON, precision, ARENA)) {
      float[] expected = logits(exact, prefills(prefill(tokens(50, 1), 0, 0))).getFirst();
      float[] actual = logits(other, prefills(prefill(tokens(50, 1), 0, 0))).getFirst();
      assertThat(actual).containsExactly(expected, within(precision == Precision.FLOAT32 ? CLOSE : 0.02f));
    }
  }

  /** The kernels of a GPU, on the processor: plain products, the library's attention, in each kind. */
  @ParameterizedTest
  @CsvSource({"6,1e-5", "5,0.02", "15,0.05"})
  void plainKernelsAndFusedAttentionAgree(int kind, float tolerance) {
    DecoderOptions options = new DecoderOptions(Precision.FLOAT32, ARENA, 1);
    ScriptKernels kernels = new ScriptKernels(Device.CPU, kind, false, false, true, 0, 1);
    try (DecoderWeights weights = DecoderWeights.random(NINE_HEADS, 5);
        Decoder fused = ScriptDecoder.load(weights, options, Collectives.single(), kernels)) {
      int[] prompt = tokens(50, 1);
      float[] expected = logits(decoder, prefills(prefill(prompt, 0, 0))).getFirst();
      assertThat(logits(fused, prefills(prefill(prompt, 0, 0))).getFirst()).containsExactly(expected,
          within(tolerance));
      logits(fused, prefills(prefill(Arrays.copyOf(prompt, 20), 0, 112)));
      assertThat(logits(fused, prefills(prefill(Arrays.copyOfRange(prompt, 20, 50), 20, 112))).getFirst())
          .containsExactly(expected, within(tolerance));
    }
  }
}
