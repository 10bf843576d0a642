package org.clarion.training.phantom;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Drawing, labels and words of a synthetic skin photo agree, on every tone. */
class SkinPhantomTest {
  private static final List<Phantom> CASES = LongStream.range(0, 700).mapToObj(seed -> new PhantomGenerator(72).next(
      PhantomKind.SKIN, seed)).toList();

  @Test
  void everyDiseaseToneAndConceptIsReachedAboutEquallyOften() {
    Map<Disease, Integer> diseases = new EnumMap<>(Disease.class);
    Map<SkinTone, Integer> tones = new EnumMap<>(SkinTone.class);
    Set<Concept> concepts = EnumSet.noneOf(Concept.class);
    for (Phantom one : CASES) {
      diseases.merge(labels(one).disease(), 1, Integer::sum);
      tones.merge(labels(one).tone(), 1, Integer::sum);
      concepts.addAll(labels(one).concepts());
      assertThat(labels(one).monk()).isBetween(labels(one).tone().monkFrom(), labels(one).tone().monkTo());
    }
    assertThat(diseases.values()).hasSize(Disease.values().length).allSatisfy(count -> assertThat(count).isBetween(20,
        65));
    assertThat(tones.values()).hasSize(SkinTone.values().length).allSatisfy(count -> assertThat(count).isBetween(85,
        150));
    assertThat(concepts).containsAll(EnumSet.allOf(Concept.class));
  }

  @Test
  void darkerTonesAreDarker() {
    Map<SkinTone, Double> mean = new EnumMap<>(SkinTone.class);
    for (SkinTone tone : SkinTone.values()) {
      mean.put(tone, CASES.stream().filter(one -> labels(one).tone() == tone && labels(one).disease() == Disease.HEALTHY
          && one.details().view() == View.CLOSE_UP).mapToDouble(one -> median(one, 1)).average().orElse(Double.NaN));
    }
    assertThat(List.copyOf(mean.values())).isSortedAccordingTo((a, b) -> Double.compare(b, a))
        .doesNotContain(Double.NaN);
  }

  @Test
  void rednessStandsOutOnEveryTone() {
    Map<SkinTone, Double> contrast = new EnumMap<>(SkinTone.class);
    for (SkinTone tone : SkinTone.values()) {
      contrast.put(tone, CASES.stream().filter(one -> labels(one).tone() == tone && labels(one).concepts().contains(
          Concept.ERYTHEMA) && one.details().view() == View.CLOSE_UP).mapToDouble(SkinPhantomTest::redContrast)
          .average()
          .orElseThrow());
    }
    Collection<Double> values = contrast.values();
    double least = values.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
    double most = values.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
    assertThat(least).as(contrast.toString()).isGreaterThan(0.08);
    assertThat(least / most).as(contrast.toString()).isGreaterThan(0.5);
  }

  @Test
  void theTextNamesWhatIsThere() {
    for (Phantom one : CASES.subList(0, 200)) {
      String report = one.details().report().toLowerCase(Locale.ROOT);
      assertThat(labels(one).disease().mentions()).as(report).anyMatch(report::contains);
      for (Concept concept : labels(one).concepts()) {
        assertThat(one.details().caption()).contains(concept.words());
      }
      assertThat(labels(one).concepts()).containsAll(labels(one).disease().concepts());
      assertThat(one.details().text(Stage.ONE)).doesNotContain(labels(one).disease().advice());
      assertThat(one.details().dialogue()).hasSizeGreaterThan(6);
    }
  }

  /** How much redder the reddest twentieth is than the middle, where red is (R - G) / (R + G). */
  private static double redContrast(Phantom one) {
    byte[] rgb = one.rgb().rgb();
    double[] red = new double[rgb.length / 3];
    for (int i = 0; i < red.length; i++) {
      double r = rgb[3 * i] & 0xff;
      double g = rgb[3 * i + 1] & 0xff;
      red[i] = (r - g) / (r + g + 1);
    }
    Arrays.sort(red);
    return red[red.length * 95 / 100] - red[red.length / 2];
  }

  private static double median(Phantom one, int channel) {
    byte[] rgb = one.rgb().rgb();
    int[] values = new int[rgb.length / 3];
    for (int i = 0; i < values.length; i++) {
      values[i] = rgb[3 * i + channel] & 0xff;
    }
    Arrays.sort(values);
    return values[values.length / 2];
  }

  private static Labels.Skin labels(Phantom one) {
    return (Labels.Skin) one.details().labels();
  }
}
