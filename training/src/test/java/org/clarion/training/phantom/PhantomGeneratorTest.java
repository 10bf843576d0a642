package org.clarion.training.phantom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A phantom is a function of kind, seed and size. */
class PhantomGeneratorTest {
  /** Written down once: another machine or Java must draw the very same pixels. */
  @ParameterizedTest
  @CsvSource({"CHEST, 1, f4dacd37", "CHEST, 26, 6cd40080", "SKIN, 1, 50344ce9", "SKIN, 2, a2433b6b",
      "DISTRACTOR, 1, facc19e4"})
  void pixelsAreTheSameEverywhere(PhantomKind kind, long seed, String checksum) {
    assertThat(checksum(new PhantomGenerator(96).next(kind, seed))).isEqualTo(checksum);
  }

  @ParameterizedTest
  @EnumSource
  void orderDoesNotMatter(PhantomKind kind) {
    Phantom first = new PhantomGenerator(64).next(kind, 5);
    PhantomGenerator used = new PhantomGenerator(64);
    used.next(kind, 4);
    assertThat(checksum(used.next(kind, 5))).isEqualTo(checksum(first));
    assertThat(used.next(kind, 5).details()).isEqualTo(first.details());
    assertThat(checksum(used.next(kind, 6))).isNotEqualTo(checksum(first));
  }

  @ParameterizedTest
  @EnumSource
  void sizeChangesFinenessAlone(PhantomKind kind) {
    Phantom small = new PhantomGenerator(64).next(kind, 9);
    Phantom large = new PhantomGenerator(256).next(kind, 9);
    assertThat(large.details()).isEqualTo(small.details());
    double difference = 0;
    // Letters are whole pixels high, so the lowest row, with the mark, is left out.
    for (int y = 0; y < 7; y++) {
      for (int x = 0; x < 8; x++) {
        difference += Math.abs(block(small, x, y) - block(large, x, y)) / 56;
      }
    }
    assertThat(difference).isLessThan(12);
  }

  @Test
  void theMixtureHasEveryKind() {
    PhantomGenerator generator = new PhantomGenerator(56);
    Set<PhantomKind> kinds = EnumSet.noneOf(PhantomKind.class);
    for (long seed = 0; seed < 40; seed++) {
      kinds.add(generator.next(seed).details().kind());
    }
    assertThat(kinds).containsExactlyInAnyOrder(PhantomKind.values());
  }

  @ParameterizedTest
  @EnumSource
  void withOneWordingLabelsDecideTheReport(PhantomKind kind) {
    PhantomGenerator many = new PhantomGenerator(56);
    PhantomGenerator one = new PhantomGenerator(56, Wording.Variety.ONE);
    Map<Labels, String> reports = new HashMap<>();
    for (long seed = 0; seed < 60; seed++) {
      Phantom phantom = one.next(kind, seed);
      assertThat(checksum(phantom)).isEqualTo(checksum(many.next(kind, seed)));
      String report = phantom.details().text(Stage.TWO);
      assertThat(reports.merge(phantom.details().labels(), report, (first, _) -> first)).isEqualTo(report);
    }
    assertThat(reports).hasSizeGreaterThan(5);
  }

  @Test
  void sizesOutsideAreRefused() {
    assertThatThrownBy(() -> new PhantomGenerator(55)).hasMessageContaining("56 to 4096").hasMessageContaining("55");
  }

  private static String checksum(Phantom phantom) {
    CRC32 crc = new CRC32();
    crc.update(phantom.rgb().rgb());
    return Long.toHexString(crc.getValue());
  }

  /** Mean of an eighth by an eighth of the picture, green, 0 to 255. */
  private static double block(Phantom phantom, int column, int row) {
    byte[] rgb = phantom.rgb().rgb();
    int step = phantom.image().getWidth() / 8;
    double sum = 0;
    for (int y = row * step; y < (row + 1) * step; y++) {
      for (int x = column * step; x < (column + 1) * step; x++) {
        sum += rgb[3 * (y * phantom.image().getWidth() + x) + 1] & 0xff;
      }
    }
    return sum / (step * step);
  }
}
