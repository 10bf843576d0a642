package org.clarion.engine.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.clarion.engine.collective.Collectives;
import org.clarion.engine.kernel.KernelLibrary;
import org.clarion.models.architecture.DecoderConfig;
import org.clarion.models.architecture.FalconConfig;
import org.clarion.models.architecture.LlamaConfig;
import org.clarion.models.checkpoint.DecoderWeights;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class KernelDecoderTest {
  private static final LlamaConfig WIDE = new LlamaConfig(128, 2, 4, 2, 32, 224, 160, 1e-6, 1e4, false, 256);
  private static final FalconConfig FALCON = new FalconConfig(128, 2, 8, 2, 16, 512, 160, 1e-5, 1e4, true, 256);
  private static final LlamaConfig LONG = new LlamaConfig(128, 2, 2, 1, 64, 224, 160, 1e-6, 1e4, false, 512);
  private static final int ARENA = 640;

  @BeforeEach
  void kernels() {
    assumeTrue(KernelLibrary.host().isPresent(), "no kernels on this host");
  }

  private static Decoder load(DecoderConfig config, Precision precision, KvKind kv, int threads) {
    try (DecoderWeights weights = DecoderWeights.random(config, 5)) {
      return KernelDecoder.load(KernelLibrary.host().orElseThrow(), weights,
          new DecoderOptions(precision, kv, ARENA, threads), Collectives.single());
    }
  }

  static Stream<Arguments> kinds() {
    // Largest difference from float32 logits, whose deviation is about 0.25.
    return Stream.of(Arguments.of(Precision.BFLOAT16, KvKind.FLOAT32, 0.01),
        Arguments.of(Precision.BFLOAT16, KvKind.BFLOAT16, 0.01), Arguments.of(Precision.INT8, KvKind.FLOAT32, 0.03),
        Arguments.of(Precision.INT8, KvKind.BFLOAT16, 0.03), Arguments.of(Precision.INT8, KvKind.INT8, 0.04),
        Arguments.of(Precision.INT4, KvKind.FLOAT32, 0.3));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void everyKindIsCloseToFloat32(Precision precision, KvKind kv, double tolerance) {
    try (Decoder exact = SmallDecoders.load(WIDE, Precision.FLOAT32, ARENA);
        Decoder decoder = load(WIDE, precision, kv, 2)) {
      int[] prompt = SmallDecoders.tokens(75, 3);
      for (DecoderStep step : List.of(SmallDecoders.prefills(SmallDecoders.prefill(prompt, 0, 32)),
          SmallDecoders.decodes(new DecodeRow(9, 75, 32)))) {
        float[] expected = SmallDecoders.logits(exact, step).getFirst();
        float[] actual = SmallDecoders.logits(decoder, step).getFirst();
        for (int i = 0; i < expected.length; i++) {
          assertThat(actual[i]).isCloseTo(expected[i], within((float) tolerance));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void chunksBatchAndPlaceDoNotChangeABit(Precision precision, KvKind kv, double tolerance) {
    int[] prompt = SmallDecoders.tokens(90, 3);
    RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
    try (Decoder alone = load(WIDE, precision, kv, 1); Decoder decoder = load(WIDE, precision, kv, 2)) {
      float[] expected = SmallDecoders.logits(alone, SmallDecoders.prefills(SmallDecoders.prefill(prompt, 0, 0)))
          .getFirst();
      for (int trial = 0; trial < 6; trial++) {
        int extent = 16 * random.nextInt(13);
        int neighbour = 304 + 16 * random.nextInt(4);
        int other = 0;
        float[] last = {};
        for (int position = 0; position < prompt.length;) {
          int count = Math.min(prompt.length - position, random.nextBoolean() ? 1 : 1 + random.nextInt(40));
          int[] chunk = Arrays.copyOfRange(prompt, position, position + count);
          List<PrefillRow> rows = new ArrayList<>();
          rows.add(SmallDecoders.prefill(SmallDecoders.tokens(3, other), other, neighbour));
          other += 3;
          List<DecodeRow> decodes = List.of();
          if (count == 1 && position > 0) {
            decodes = List.of(new DecodeRow(chunk[0], position, extent));
          } else {
            rows.add(SmallDecoders.prefill(chunk, position, extent));
          }
          last = SmallDecoders.logits(decoder, new DecoderStep(rows, decodes)).getLast();
          position += count;
        }
        assertThat(last).as("trial %d", trial).isEqualTo(expected);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aLongPromptIsTheSameInOnePieceAndInMany(Precision precision, KvKind kv, double tolerance) {
    int[] prompt = SmallDecoders.tokens(300, 3);
    try (Decoder decoder = load(LONG, precision, kv, 2)) {
      float[] whole = SmallDecoders.logits(decoder, SmallDecoders.prefills(SmallDecoders.prefill(prompt, 0, 0)))
          .getFirst();
      float[] last = {};
      for (int from = 0; from < prompt.length; from += 37) {
        int[] chunk = Arrays.copyOfRange(prompt, from, Math.min(prompt.length, from + 37));
        last = SmallDecoders.logits(decoder, SmallDecoders.prefills(SmallDecoders.prefill(chunk, from, 304)))
            .getFirst();
      }
      assertThat(last).isEqualTo(whole);
    }
  }

  /** What a chunk says after each of its tokens is what decodes say; what was wrong is overwritten without a trace. */
  @ParameterizedTest
  @MethodSource("kinds")
  void draftsAreDecodesToTheBit(Precision precision, KvKind kv, double tolerance) {
    int[] prompt = SmallDecoders.tokens(41, 3);
    int[] answer = SmallDecoders.tokens(30, 5);
    int[] wrong = SmallDecoders.tokens(9, 11);
    try (Decoder one = load(WIDE, precision, kv, 1); Decoder other = load(WIDE, precision, kv, 2)) {
      SmallDecoders.logits(one, SmallDecoders.prefills(SmallDecoders.prefill(prompt, 0, 16)));
      SmallDecoders.logits(other, SmallDecoders.prefills(SmallDecoders.prefill(prompt, 0, 208)));
      List<float[]> expected = new ArrayList<>();
      for (int i = 0; i < answer.length; i++) {
        expected.addAll(SmallDecoders.logits(one, SmallDecoders.decodes(new DecodeRow(answer[i], 41 + i, 16))));
      }
      List<float[]> actual = new ArrayList<>();
      for (int at = 0; at < answer.length; at += 5) {
        int[] draft = Arrays.copyOfRange(answer, at, at + 5 + wrong.length);
        System.arraycopy(wrong, 0, draft, 5, wrong.length);
        List<float[]> rows = SmallDecoders.logits(other, new DecoderStep(
            List.of(SmallDecoders.prefill(SmallDecoders.tokens(3, at), at, 400),
                new PrefillRow(draft, 41 + at, 208, List.of(), draft.length)),
            List.of()));
        assertThat(rows).hasSize(1 + draft.length);
        actual.addAll(rows.subList(1, 6));
      }
      assertThat(actual).usingElementComparator((a, b) -> Arrays.compare(a, b)).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void aCopyIsTheOriginalToTheBit(Precision precision, KvKind kv, double tolerance) {
    int[] prompt = SmallDecoders.tokens(50, 3);
    try (Decoder decoder = load(WIDE, precision, kv, 2)) {
      SmallDecoders.logits(decoder, SmallDecoders.prefills(SmallDecoders.prefill(prompt, 0, 16)));
      float[] expected = SmallDecoders.logits(decoder, SmallDecoders.decodes(new DecodeRow(9, 50, 16))).getFirst();
      for (int place : new int[]{112, 176, 256}) {
        SmallDecoders.logits(decoder,
            SmallDecoders.prefills(SmallDecoders.prefill(SmallDecoders.tokens(60, place), 0, place)));
        // In two parts, as a beam's answer is copied behind a prompt that both have.
        decoder.copyPositions(16, place, 21);
        decoder.copyPositions(16 + 21, place + 21, 29);
        assertThat(SmallDecoders.logits(decoder, SmallDecoders.decodes(new DecodeRow(9, 50, place))).getFirst())
            .as("copied to %d", place).isEqualTo(expected);
      }
    }
  }

  @Test
  void passesOfALongStepAreOne() {
    LlamaConfig config = new LlamaConfig(64, 2, 4, 4, 16, 96, 160, 1e-6, 1e4, false, 2048);
    int[] prompt = SmallDecoders.tokens(1100, 1);
    try (DecoderWeights weights = DecoderWeights.random(config, 5);
        Decoder decoder = KernelDecoder.load(KernelLibrary.host().orElseThrow(), weights,
            new DecoderOptions(Precision.INT8, KvKind.FLOAT32, 4096, 2), Collectives.single())) {
      float[] whole = SmallDecoders.logits(decoder, SmallDecoders.prefills(SmallDecoders.prefill(prompt, 0, 0)))
          .getFirst();
      float[] first = SmallDecoders.logits(decoder,
          SmallDecoders.prefills(SmallDecoders.prefill(Arrays.copyOf(prompt, 300), 0, 2000))).getFirst();
      assertThat(first).isNotEqualTo(whole);
      float[] second = SmallDecoders.logits(decoder,
          SmallDecoders.prefills(SmallDecoders.prefill(Arrays.copyOfRange(prompt, 300, 1100), 300, 2000))).getFirst();
      assertThat(second).isEqualTo(whole);
    }
  }

  @Test
  void falconIsCloseToFloat32AndIndifferentToChunks() {
    int[] prompt = SmallDecoders.tokens(50, 4);
    try (Decoder exact = SmallDecoders.load(FALCON, Precision.FLOAT32, ARENA);
        Decoder decoder = load(FALCON, Precision.INT8, KvKind.BFLOAT16, 2)) {
      float[] expected = SmallDecoders.logits(exact, SmallDecoders.prefills(SmallDecoders.prefill(prompt, 0, 0)))
          .getFirst();
      float[] actual = SmallDecoders.logits(decoder, SmallDecoders.prefills(SmallDecoders.prefill(prompt, 0, 16)))
          .getFirst();
      for (int i = 0; i < expected.length; i++) {
        assertThat(actual[i]).isCloseTo(expected[i], within(0.05f));
      }
      float[] last = {};
      for (int position = 0; position < prompt.length; position++) {
        last = SmallDecoders.logits(decoder, SmallDecoders.decodes(new DecodeRow(prompt[position], position, 208)))
            .getFirst();
      }
      assertThat(last).isEqualTo(actual);
    }
  }

  @Test
  void oddSizesWork() {
    try (Decoder exact = SmallDecoders.load(SmallDecoders.NINE_HEADS, Precision.FLOAT32, ARENA);
        Decoder decoder = load(SmallDecoders.NINE_HEADS, Precision.INT8, KvKind.INT8, 2)) {
      DecoderStep step = SmallDecoders.prefills(SmallDecoders.prefill(SmallDecoders.tokens(37, 2), 0, 16));
      float[] expected = SmallDecoders.logits(exact, step).getFirst();
      float[] actual = SmallDecoders.logits(decoder, step).getFirst();
      for (int i = 0; i < expected.length; i++) {
        assertThat(actual[i]).isCloseTo(expected[i], within(0.05f));
      }
    }
  }

  @Test
  void argmaxAndLogProbabilitiesAgreeWithTheLogits() {
    try (Decoder decoder = load(WIDE, Precision.INT8, KvKind.FLOAT32, 2)) {
      DecoderStep step = new DecoderStep(List.of(SmallDecoders.prefill(SmallDecoders.tokens(5, 1), 0, 0),
          SmallDecoders.prefill(SmallDecoders.tokens(9, 2), 0, 112)), List.of());
      try (StepLogits logits = decoder.step(step)) {
        int[] best = logits.argmax();
        float[] probabilities = logits.logProbabilities(best);
        for (int i = 0; i < 2; i++) {
          float[] row = logits.row(i);
          double sum = 0;
          int expected = 0;
          for (int id = 0; id < row.length; id++) {
            sum += Math.exp(row[id]);
            expected = row[id] > row[expected] ? id : expected;
          }
          assertThat(best[i]).isEqualTo(expected);
          assertThat(probabilities[i]).isCloseTo((float) (row[expected] - Math.log(sum)), within(1e-5f));
        }
      }
    }
  }
}
