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

  private static Plan.Prefill prefill(long sequence, int position, int offset, int count) {
    return new Plan.Prefill(sequence, position, offset, new int[count], List.of(), false);
  }

  private static Plan.Admission admission(long sequence) {
    return new Plan.Admission(sequence, Sampling.GREEDY, new int[0], 0);
  }
}
