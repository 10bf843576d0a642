package org.clarion.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.clarion.scheduler.api.Run;
import org.junit.jupiter.api.Test;

class PositionsTest {
  private static final Run.Image FIRST = new Run.Image(Fixtures.image(1), 4);
  private static final Run.Image OTHER = new Run.Image(Fixtures.image(2), 4);

  private static Run ids(int... ids) {
    return new Run.Tokens(ids);
  }

  @Test
  void roundTrip() {
    List<Run> runs = List.of(ids(5, 6), FIRST, OTHER, ids(0, 7));
    Positions positions = Positions.of(runs);
    assertThat(positions.length()).isEqualTo(12);
    assertThat(positions.runs()).isEqualTo(runs);
    assertThat(positions.ids(1, 4)).containsExactly(6, 0, 0);
    assertThat(positions.copy().runs()).isEqualTo(runs);
  }

  @Test
  void commonPrefixes() {
    Positions all = Positions.of(List.of(ids(5, 6), FIRST, ids(7, 8)));
    prefix(all, List.of(ids(5, 6), FIRST, ids(7, 8)), 8);
    prefix(all, List.of(ids(5, 6), FIRST, ids(7, 9)), 7);
    prefix(all, List.of(ids(5, 9), FIRST), 1);
    prefix(all, List.of(ids(5, 6), OTHER, ids(7, 8)), 2);
    prefix(all, List.of(ids(5, 6), new Run.Image(Fixtures.image(1), 3), ids(7)), 2);
    prefix(all, List.of(ids(5, 6, 0, 0, 0, 0, 7, 8)), 2);
    prefix(all, List.of(FIRST), 0);
    prefix(all, List.of(ids(5, 6), FIRST), 6);
  }

  private static void prefix(Positions all, List<Run> other, int expected) {
    assertThat(all.commonPrefix(Positions.of(other))).isEqualTo(expected);
    assertThat(Positions.of(other).commonPrefix(all)).isEqualTo(expected);
  }

  @Test
  void imagesAreNeverCut() {
    Positions positions = Positions.of(List.of(ids(5, 6), FIRST, ids(7)));
    assertThat(positions.wholeImages(4)).isEqualTo(2);
    assertThat(positions.wholeImages(2)).isEqualTo(2);
    assertThat(positions.wholeImages(6)).isEqualTo(6);
    assertThatIllegalArgumentException().isThrownBy(() -> positions.truncate(3));
    positions.truncate(2);
    assertThat(positions.spans()).isEmpty();
    assertThat(positions.runs()).containsExactly(ids(5, 6));
  }

  @Test
  void contentStaysOutOfMessages() {
    assertThat(Positions.of(List.of(ids(12345, 23456)))).hasToString("Positions[2]");
  }
}
