package org.clarion.llm.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class SequenceTableTest {
  private static final ImageKey IMAGE = new ImageKey("clinic", "00");

  private final EmbeddingStore store = new EmbeddingStore(100);
  private final SequenceTable table = new SequenceTable(2, store);

  @Test
  void aRowRunsWhereTheSequenceStands() {
    table.admit(admission(1));
    assertThat(table.fits(new Plan.Decode(1, 0, 100))).isFalse();
    assertThat(table.fits(prefill(1, 0, 100, 5))).isTrue();
    table.ran(prefill(1, 0, 100, 5), null);
    assertThat(table.fits(prefill(1, 6, 100, 2))).isFalse();
    assertThat(table.fits(prefill(1, 5, 90, 2))).isFalse();
    assertThat(table.fits(new Plan.Decode(1, 5, 100))).as("nothing sampled yet").isFalse();
    table.ran(prefill(1, 5, 100, 2), 77);
    Plan.Decode next = new Plan.Decode(1, 7, 100);
    assertThat(table.fits(next)).isTrue();
    assertThat(table.lastToken(next)).isEqualTo(77);
    table.ran(next, 78);
    assertThat(table.fits(next)).isFalse();
    assertThat(table.fits(new Plan.Decode(1, 8, 100))).isTrue();
  }

  @Test
  void aVerifyBeginsWhereTheSequenceStandsAndDraftsWhatAgrees() {
    table.admit(admission(1));
    assertThat(table.fits(verify(5, 64, 4))).as("nothing sampled yet").isFalse();
    table.ran(prefill(1, 0, 100, 5), 77);
    assertThat(table.fits(verify(6, 64, 4))).as("ahead of the sequence").isFalse();
    assertThat(table.fits(verify(4, 5, 4))).as("no room").isFalse();
    assertThat(table.fits(new Plan.Verify(1, 5, 90, 64, 4, new int[0]))).as("elsewhere").isFalse();
    assertThat(table.fits(verify(5, 64, 4))).isTrue();
    assertThat(table.drafted(verify(5, 64, 4))).containsExactly(77);
    assertThat(table.drafted(verify(5, 64, 4, 77))).containsExactly(77);
    assertThat(table.drafted(verify(5, 64, 4, 76, 1, 2))).as("another text").containsExactly(77);
    assertThat(table.drafted(verify(5, 64, 4, 77, 1, 2))).containsExactly(77, 1, 2);
    assertThat(table.drafted(verify(5, 64, 3, 77, 1, 2, 3))).as("as many as allowed").containsExactly(77, 1, 2);
    assertThat(table.drafted(verify(5, 7, 4, 77, 1, 2, 3))).as("as many as there is room").containsExactly(77, 1);
    table.verified(verify(5, 64, 4), new int[]{1, 2, 9});
    assertThat(table.position(verify(5, 64, 4))).isEqualTo(8);
    assertThat(table.lastToken(verify(5, 64, 4))).isEqualTo(9);
    assertThat(table.fits(new Plan.Decode(1, 6, 100))).isFalse();
    assertThat(table.fits(new Plan.Decode(1, 8, 100))).isTrue();
    assertThat(table.drafted(verify(6, 64, 3, 1, 2, 9, 4, 5, 6))).as("behind what it expected").containsExactly(9, 4,
        5);
    assertThat(table.drafted(verify(6, 64, 3, 1, 3, 9, 4, 5, 6))).containsExactly(9);
    assertThat(table.drafted(verify(5, 64, 3, 77, 1, 2, 9, 4))).containsExactly(9, 4);
    table.release(1);
    table.admit(admission(2));
    assertThat(table.fits(prefill(2, 8, 100, 1))).as("what was accepted is there").isTrue();
    assertThat(table.fits(prefill(2, 9, 100, 1))).as("and no more").isFalse();
  }

  @Test
  void anAnswerIsWhatTheModelChose() {
    assertThat(Drafts.accepted(new int[]{7}, new int[]{3})).containsExactly(3);
    assertThat(Drafts.accepted(new int[]{7, 3, 4}, new int[]{3, 4, 5})).containsExactly(3, 4, 5);
    assertThat(Drafts.accepted(new int[]{7, 3, 4}, new int[]{3, 5, 6})).containsExactly(3, 5);
    assertThat(Drafts.accepted(new int[]{7, 3, 4}, new int[]{2, 4, 5})).containsExactly(2);
  }

  @Test
  void aFollowUpStartsWhereAnEarlierSequenceWroteAndNowhereElse() {
    table.admit(admission(1));
    table.ran(prefill(1, 0, 100, 6), 9);
    table.release(1);
    table.admit(admission(2));
    assertThat(table.fits(prefill(2, 7, 100, 3))).isFalse();
    assertThat(table.fits(prefill(2, 6, 99, 3))).isFalse();
    assertThat(table.fits(prefill(2, 6, 100, 3))).isTrue();
    table.clear();
    table.admit(admission(2));
    assertThat(table.fits(prefill(2, 6, 100, 3))).as("a new epoch's arena is empty").isFalse();
    assertThat(table.fits(prefill(2, 0, 100, 9))).isTrue();
  }

  @Test
  void aPreemptedSequenceStartsAgainAnywhere() {
    table.admit(admission(1));
    table.ran(prefill(1, 0, 100, 6), 9);
    assertThat(table.fits(prefill(1, 0, 300, 7))).isTrue();
  }

  @Test
  void imagesAreRetainedUntilThePromptIsDone() {
    store.put(IMAGE, new float[20]);
    table.admit(admission(1));
    Plan.Prefill row = new Plan.Prefill(1, 0, 0, new int[4], List.of(new Plan.Span(IMAGE, 0, 0, 2)), true);
    assertThat(table.fits(row)).isTrue();
    assertThat(table.fits(row)).isTrue();
    assertThat(store.put(new ImageKey("clinic", "01"), new float[20])).isEqualTo(EmbeddingStore.Outcome.FULL);
    table.ran(row, 3);
    assertThat(store.put(new ImageKey("clinic", "01"), new float[20])).isEqualTo(EmbeddingStore.Outcome.STORED);
  }

  @Test
  void theTableIsBoundedAndForgets() {
    table.admit(admission(1));
    table.admit(admission(2));
    table.admit(admission(2));
    assertThatThrownBy(() -> table.admit(admission(3))).hasMessageContaining("limit of 2");
    table.release(1);
    table.release(1);
    table.admit(admission(3));
    assertThat(table.size()).isEqualTo(2);
    assertThat(table.fits(prefill(1, 0, 0, 1))).isFalse();
  }

  private static Plan.Verify verify(int position, int end, int count, int... expected) {
    return new Plan.Verify(1, position, 100, end, count, expected);
  }

  private static Plan.Prefill prefill(long sequence, int position, int offset, int count) {
    return new Plan.Prefill(sequence, position, offset, new int[count], List.of(), false);
  }

  private static Plan.Admission admission(long sequence) {
    return new Plan.Admission(sequence, Sampling.GREEDY, new int[0], 0);
  }
}
