package org.clarion.training.phantom;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Drawing, labels and words of a synthetic radiograph agree. */
class ChestPhantomTest {
  private static final PhantomGenerator SMALL = new PhantomGenerator(112);

  @Test
  void everyFindingSideZoneExtentAndViewIsReached() {
    Set<Object> seen = new HashSet<>();
    List<Labels.Chest> cases = cases(600).map(ChestPhantomTest::labels).toList();
    for (Labels.Chest labels : cases) {
      seen.add(labels.view());
      for (FindingLabel label : labels.findings()) {
        seen.addAll(List.of(label.finding(), label.side(), label.zone(), label.extent(), label.finding() + " " + label
            .side()));
      }
    }
    assertThat(seen).contains((Object[]) Finding.values()).contains((Object[]) Side.values()).contains((Object[]) Zone
        .values()).contains((Object[]) Extent.values()).contains(View.PA, View.AP, View.LATERAL).contains(
            "EFFUSION LEFT", "EFFUSION RIGHT", "PNEUMOTHORAX LEFT", "PNEUMOTHORAX RIGHT", "LINE LEFT", "LINE RIGHT");
    long normal = cases.stream().filter(labels -> labels.findings().isEmpty()).count();
    assertThat(normal / 600.0).isBetween(0.12, 0.25);
    Map<Finding, Integer> counts = new EnumMap<>(Finding.class);
    cases.forEach(labels -> labels.findings().stream().map(FindingLabel::finding).distinct().forEach(finding -> counts
        .merge(finding, 1, Integer::sum)));
    assertThat(counts.values()).allSatisfy(count -> assertThat(count / 600.0).isBetween(0.1, 0.35));
  }

  @Test
  void anEffusionsSideIsBrighterAtTheBase() {
    assertBrighter(Finding.EFFUSION, 0.17, 0.66, 0.74, 1);
  }

  @Test
  void aPneumothoraxsSideIsDarkerAtTheWall() {
    assertBrighter(Finding.PNEUMOTHORAX, 0.2, 0.32, 0.44, -1);
  }

  @Test
  void anEnlargedHeartIsBroader() {
    double normal = mean(cases(200).filter(one -> frontal(one) && labels(one).findings().isEmpty()));
    double enlarged = mean(cases(200).filter(one -> frontal(one) && labels(one).findings().size() == 1 && labels(one)
        .findings().getFirst().finding() == Finding.CARDIOMEGALY));
    assertThat(enlarged).isGreaterThan(normal + 0.15);
  }

  @Test
  void theReportNamesEveryFindingWithItsSideAndDeniesOthers() {
    cases(300).forEach(one -> {
      String impression = one.details().report().toLowerCase(Locale.ROOT).replaceAll(".*impression:", "");
      assertThat(one.details().report()).startsWith("Findings: ").contains(" Impression: ");
      for (FindingLabel label : labels(one).findings()) {
        String text = one.details().report().toLowerCase(Locale.ROOT);
        assertThat(label.finding().mentions()).as(text).anyMatch(text::contains);
        boolean both = labels(one).findings().stream().filter(l -> l.finding() == label.finding()).count() > 1;
        if (label.side() != Side.NONE) {
          assertThat(text).contains(both ? "bilateral" : label.side().label());
        }
        if (label.finding() != Finding.TUBE && label.finding() != Finding.LINE) {
          assertThat(label.finding().mentions()).as(impression).anyMatch(impression::contains);
        }
      }
      assertThat(one.details().dialogue()).hasSizeGreaterThan(6).allSatisfy(turn -> assertThat(turn.answer())
          .isNotBlank());
    });
  }

  private static void assertBrighter(Finding finding, double wall, double top, double bottom, int sign) {
    int checked = 0;
    int agree = 0;
    for (Phantom one : cases(400).toList()) {
      List<FindingLabel> labels = labels(one).findings();
      if (frontal(one) && labels.size() == 1 && labels.getFirst().finding() == finding && labels.getFirst()
          .extent() != Extent.SMALL) {
        double filmLeft = mean(one, wall, top, wall + 0.06, bottom);
        double filmRight = mean(one, 0.94 - wall, top, 1 - wall, bottom);
        double difference = sign * (filmRight - filmLeft);
        agree += (labels.getFirst().side() == Side.LEFT ? difference : -difference) > 0.04 ? 1 : 0;
        checked++;
      }
    }
    // A box that is fixed on the film misses its place in a patient who is turned or tilted much.
    assertThat(agree).isGreaterThan((int) (0.85 * checked));
    assertThat(checked).isGreaterThan(5);
  }

  private static double mean(Stream<Phantom> some) {
    return some.mapToDouble(one -> mean(one, 0.7, 0.55, 0.78, 0.62)).average().orElseThrow();
  }

  private static double mean(Phantom one, double left, double top, double right, double bottom) {
    int size = one.image().getWidth();
    double sum = 0;
    int count = 0;
    for (int y = (int) (top * size); y < bottom * size; y++) {
      for (int x = (int) (left * size); x < right * size; x++) {
        sum += one.image().getRaster().getSample(x, y, 0) / 65535.0;
        count++;
      }
    }
    return sum / count;
  }

  private static boolean frontal(Phantom one) {
    return labels(one).view() != View.LATERAL;
  }

  private static Labels.Chest labels(Phantom one) {
    return (Labels.Chest) one.details().labels();
  }

  private static Stream<Phantom> cases(int count) {
    return LongStream.range(0, count).mapToObj(seed -> SMALL.next(PhantomKind.CHEST, seed));
  }
}
