package org.clarion.engine.align;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.clarion.engine.align.Sequences.Sequence;
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.decoder.TrainableDecoder;
import org.clarion.models.architecture.DecoderConfig;
import org.clarion.models.architecture.FalconConfig;
import org.clarion.models.architecture.LlamaConfig;
import org.clarion.models.checkpoint.DecoderWeights;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class SequencesTest {
  private static final int POSITIONS = 96;
  private static final int PICTURE = 3;
  static final List<DecoderConfig> DECODERS = List.of(
      new LlamaConfig(36, 2, 6, 2, 6, 48, 40, 1e-5, 1e4, true, POSITIONS),
      new FalconConfig(36, 2, 6, 2, 6, 48, 40, 1e-5, 1e4, true, POSITIONS));

  private final Random random = new Random(7);

  private int[] ids(int count) {
    return random.ints(count, 0, 40).toArray();
  }

  private List<Sequence> lessons(int[] start) {
    return IntStream.range(0, 4).mapToObj(i -> {
      int[] before = IntStream.concat(IntStream.of(start), IntStream.of(ids(1 + i))).toArray();
      return new Sequence(before, ids(2), ids(3 + i));
    }).toList();
  }

  @ParameterizedTest
  @FieldSource("DECODERS")
  void logitsAfterAStartThatIsKeptAreThoseOfWholeSequences(DecoderConfig config) {
    try (DecoderWeights weights = DecoderWeights.random(config, 5);
        TrainableDecoder decoder = TrainableDecoder.load(weights, Precision.FLOAT32, POSITIONS, 1, false)) {
      for (int length : new int[]{50, 40, 50}) {
        List<Sequence> lessons = lessons(ids(length));
        float[] spans = new float[lessons.size() * PICTURE * config.hidden()];
        IntStream.range(0, spans.length).forEach(i -> spans[i] = (float) random.nextGaussian());
        Sequences whole = Sequences.of(lessons, PICTURE, 0);
        Sequences rest = Sequences.afterStart(lessons, PICTURE, 0);
        assertThat(rest.start()).hasSizeGreaterThanOrEqualTo(length - 1);
        assertThat(rest.positions()).isLessThan(whole.positions());
        assertThat(logits(decoder, rest, spans)).containsExactly(logits(decoder, whole, spans), within(2e-5f));
      }
    }
  }

  private static float[] logits(TrainableDecoder decoder, Sequences batch, float[] spans) {
    decoder.keepStart(batch.start());
    try (NDManager memory = NDManager.newBaseManager("PyTorch");
        PtNDArray rows = (PtNDArray) memory.create(spans,
            new Shape(batch.spanRows().length, spans.length / Math.max(1, batch
                .spanRows().length)));
        PtNDArray logits = decoder.logits(batch.tokens(), batch.spanRows(), rows, batch.answerRows())) {
      return logits.toFloatArray();
    }
  }

  /** Many scores take another way through attention than few. */
  @Test
  void longSequencesTogetherAreComputedAsEachAlone() {
    LlamaConfig config = new LlamaConfig(36, 1, 6, 2, 6, 48, 40, 1e-5, 1e4, true, 700);
    try (DecoderWeights weights = DecoderWeights.random(config, 5);
        TrainableDecoder decoder = TrainableDecoder.load(weights, Precision.FLOAT32, 700, 1, false)) {
      List<Sequence> lessons = Stream.generate(() -> new Sequence(ids(600), new int[0], ids(2))).limit(4).toList();
      float[] together = logits(decoder, Sequences.of(lessons, 0, 0), new float[0]);
      for (int i = 0; i < lessons.size(); i++) {
        float[] alone = logits(decoder, Sequences.of(lessons.subList(i, i + 1), 0, 0), new float[0]);
        float[] part = Arrays.copyOfRange(together, i * alone.length, (i + 1) * alone.length);
        assertThat(part).containsExactly(alone, within(2e-5f));
      }
    }
  }

  @Test
  void aShortStartIsNotWorthKeeping() {
    assertThat(Sequences.afterStart(lessons(ids(20)), PICTURE, 0).start()).isEmpty();
  }

  @Test
  void somethingStaysBeforeAnAnswer() {
    int[] before = ids(60);
    Sequence bare = new Sequence(before, new int[0], ids(2));
    Sequences rest = Sequences.afterStart(List.of(bare, bare), 0, 0);
    assertThat(rest.start()).hasSize(59);
    assertThat(rest.answerRows()).doesNotContain(-1);
  }

  @Test
  void weightsThatMoveLeaveNothingToKeep() {
    try (DecoderWeights weights = DecoderWeights.random(DECODERS.getFirst(), 5);
        TrainableDecoder decoder = TrainableDecoder.load(weights, Precision.FLOAT32, POSITIONS, 1, true)) {
      assertThatThrownBy(() -> decoder.keepStart(ids(40))).isInstanceOf(IllegalStateException.class);
    }
  }
}
