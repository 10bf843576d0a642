package org.clarion.engine.quality;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import org.clarion.engine.collective.Collectives;
import org.clarion.engine.decoder.Decoder;
import org.clarion.engine.decoder.DecoderOptions;
import org.clarion.engine.decoder.Decoders;
import org.clarion.engine.decoder.Precision;
import org.clarion.models.architecture.LlamaConfig;
import org.clarion.models.checkpoint.DecoderWeights;
import org.junit.jupiter.api.Test;

class QualityMeterTest {
  private static final LlamaConfig SMALL = new LlamaConfig(64, 2, 4, 2, 16, 96, 100, 1e-6, 1e4, false, 64);
  private static final TeacherForcing TEXT = new TeacherForcing(List.of(tokens(1), tokens(2), tokens(3)));

  private static int[] tokens(int seed) {
    return IntStream.range(0, 40).map(i -> (i * i + 13 * seed) % 100).toArray();
  }

  private static Decoder load(Precision precision, long seed) {
    try (DecoderWeights weights = DecoderWeights.random(SMALL, seed)) {
      return Decoders.load(weights, new DecoderOptions(precision, TEXT.arenaTokens(), 1), Collectives.single());
    }
  }

  @Test
  void theReferenceAgreesWithItself() {
    try (Decoder decoder = load(Precision.FLOAT32, 1); QualityMeter meter = new QualityMeter(TEXT, decoder)) {
      // Random weights know next to nothing of a hundred tokens.
      assertThat(meter.reference().perplexity()).isCloseTo(100, within(15.));
      QualityScore again = meter.measure(decoder);
      assertThat(again.perplexity()).isCloseTo(meter.reference().perplexity(), within(1e-3));
      assertThat(again.agreement()).isEqualTo(1);
      assertThat(again.divergence()).isCloseTo(0, within(1e-6));
    }
  }

  @Test
  void anotherModelDisagrees() {
    try (Decoder decoder = load(Precision.FLOAT32, 1);
        QualityMeter meter = new QualityMeter(TEXT, decoder);
        Decoder other = load(Precision.FLOAT32, 2);
        Decoder rounded = load(Precision.BFLOAT16, 1)) {
      QualityScore far = meter.measure(other);
      QualityScore near = meter.measure(rounded);
      assertThat(far.agreement()).isLessThan(0.2);
      assertThat(near.agreement()).isGreaterThan(0.9);
      assertThat(near.divergence()).isPositive().isLessThan(far.divergence() / 100);
    }
  }

  @Test
  void windowsAreWholeAndStartAlike() {
    TeacherForcing text = TeacherForcing.of(IntStream.range(0, 600).toArray(), 7);
    assertThat(text.windows()).hasSize(2);
    assertThat(text.length()).isEqualTo(257);
    assertThat(text.predictions()).isEqualTo(512);
    assertThat(text.windows().get(1)).startsWith(7, 256, 257);
    assertThatThrownBy(() -> TeacherForcing.of(new int[0], -1)).hasMessageContaining("less than 2 tokens");
  }

  @Test
  void theBuiltInTextIsThere() {
    assertThat(TeacherForcing.standardText()).hasSizeGreaterThan(5000);
  }
}
