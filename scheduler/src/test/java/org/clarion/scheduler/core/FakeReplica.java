package org.clarion.scheduler.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.clarion.scheduler.api.EmbeddingKey;
import org.clarion.scheduler.api.TenantId;

/**
 * A replica whose "keys and values" are the positions' own contents, so that any wrong extent, overwritten position or
 * stale reuse changes the text.
 */
final class FakeReplica {
  private static final int UNWRITTEN = Integer.MIN_VALUE;

  private static final class Copy {
    int position = -1;
    int lastToken;
    final int candidates;

    Copy(int candidates) {
      this.candidates = candidates;
    }
  }

  private final long epoch;
  private final int[] arena;
  /** Who wrote each position. */
  private final TenantId[] writers;
  private final boolean text;
  /** What a draft takes; a row takes 20 us. */
  long draftNanos = 20_000;
  /** Computed in the last step. */
  int drafts;
  private final Map<Long, Copy> sequences = new HashMap<>();
  final Set<EmbeddingKey> embeddings = new HashSet<>();

  FakeReplica(long epoch, int capacity) {
    this(epoch, capacity, true);
  }

  /** Without text the next token hangs on the position alone, which is quick to find, and says the same often. */
  FakeReplica(long epoch, int capacity, boolean text) {
    this.epoch = epoch;
    this.text = text;
    arena = new int[capacity];
    writers = new TenantId[capacity];
    Arrays.fill(arena, UNWRITTEN);
  }

  /** Sequences that the replica remembers. */
  Set<Long> sequences() {
    return sequences.keySet();
  }

  StepResult execute(StepPlan plan) {
    assertThat(plan.epoch()).isEqualTo(epoch);
    plan.release().forEach(sequences::remove);
    plan.dropEmbeddings().forEach(embeddings::remove);
    plan.admissions().forEach(a -> assertThat(sequences.put(a.sequence(), new Copy(a.beamCandidates()))).isNull());
    plan.forks().forEach(this::fork);
    drafts = 0;
    List<StepResult.Sampled> sampled = new ArrayList<>();
    List<StepResult.Retry> retries = new ArrayList<>();
    for (StepPlan.Row row : plan.rows()) {
      Copy copy = sequences.get(row.sequence());
      assertThat(copy).as("row of an unknown sequence").isNotNull();
      if (row.kind() == StepPlan.RowKind.VERIFY) {
        verify(row, copy, sampled, retries);
        continue;
      }
      if (copy.position >= 0 && copy.position != row.position()) {
        retries.add(new StepResult.Retry.PositionMismatch(row.sequence()));
        continue;
      }
      StepPlan.Span missing = row.spans().stream().filter(s -> !embeddings.contains(s.key())).findFirst().orElse(null);
      if (missing != null) {
        copy.position = row.position();
        retries.add(new StepResult.Retry.MissingEmbedding(row.sequence(), missing.key()));
        continue;
      }
      write(row, copy);
      copy.position = row.position() + row.count();
      if (row.sample()) {
        List<Integer> prefix = prefix(row, copy.position);
        copy.lastToken = next(prefix);
        sampled.add(copy.candidates == 0
            ? new StepResult.Sampled(row.sequence(), copy.lastToken)
            : new StepResult.Sampled(row.sequence(), 0, Fixtures.likeliest(prefix, copy.candidates)));
      }
    }
    return new StepResult(plan.epoch(), plan.step(), sampled, retries,
        Duration.ofNanos(200_000 + draftNanos * drafts + 20_000L * plan.rows().stream()
            .mapToInt(row -> row.kind() == StepPlan.RowKind.VERIFY ? 1 : row.count()).sum()));
  }

  /** A decode wherever the sequence stands, and what the row expects behind it, as far as that is what was sampled. */
  private void verify(StepPlan.Row row, Copy copy, List<StepResult.Sampled> sampled, List<StepResult.Retry> retries) {
    if (copy.position < row.position() || copy.position >= row.extent().length()) {
      retries.add(new StepResult.Retry.PositionMismatch(row.sequence()));
      return;
    }
    assertThat(copy.candidates).as("a beam is not drafted").isZero();
    int at = row.extent().offset() + copy.position;
    int behind = copy.position - row.position();
    arena[at] = copy.lastToken;
    int[] expected = row.tokens();
    int most = Math.min(Math.min(expected.length - behind, row.count()), row.extent().length() - copy.position) - 1;
    boolean agrees = most > 0 && Arrays.equals(expected, 0, behind + 1, arena, at - behind, at + 1);
    int count = agrees ? most : 0;
    if (count > 0) {
      System.arraycopy(expected, behind + 1, arena, at + 1, count);
    }
    Arrays.fill(writers, at, at + 1 + count, row.tenant());
    List<Integer> chosen = new ArrayList<>();
    do {
      copy.position++;
      copy.lastToken = next(prefix(row, copy.position));
      chosen.add(copy.lastToken);
    } while (chosen.size() <= count && arena[at + chosen.size()] == copy.lastToken);
    drafts += count;
    sampled.add(new StepResult.Sampled(row.sequence(), chosen.getFirst(), null,
        chosen.stream().skip(1).mapToInt(token -> token).toArray(), count));
  }

  private int next(List<Integer> prefix) {
    return text ? Fixtures.nextPhrase(prefix) : Fixtures.next(prefix);
  }

  private void fork(StepPlan.Fork fork) {
    if (fork.from() == fork.to()) {
      assertThat(fork.from() == 0 || sequences.containsKey(fork.from())).isTrue();
      copy(fork);
      return;
    }
    Copy from = sequences.get(fork.from());
    Copy to = sequences.get(fork.to());
    assertThat(from).isNotNull();
    assertThat(to).isNotNull();
    assertThat(fork.count()).isPositive();
    assertThat(fork.fromExtent().offset()).isNotEqualTo(fork.toExtent().offset());
    assertThat(fork.position() + fork.count()).isLessThanOrEqualTo(from.position);
    copy(fork);
    to.position = from.position;
  }

  private void copy(StepPlan.Fork fork) {
    assertThat(fork.count()).isPositive();
    assertThat(fork.fromExtent().offset()).isNotEqualTo(fork.toExtent().offset());
    assertThat(fork.position() + fork.count()).isLessThanOrEqualTo(fork.fromExtent().length())
        .isLessThanOrEqualTo(fork.toExtent().length());
    int from = fork.fromExtent().offset() + fork.position();
    int to = fork.toExtent().offset() + fork.position();
    System.arraycopy(arena, from, arena, to, fork.count());
    System.arraycopy(writers, from, writers, to, fork.count());
  }

  private void write(StepPlan.Row row, Copy copy) {
    assertThat(row.position() + row.count()).isLessThanOrEqualTo(row.extent().length());
    int at = row.extent().offset() + row.position();
    Arrays.fill(writers, at, at + row.count(), row.tenant());
    if (row.kind() == StepPlan.RowKind.DECODE) {
      assertThat(row.tokens()).hasSize(copy.candidates == 0 ? 0 : 1);
      arena[at] = copy.candidates == 0 ? copy.lastToken : row.tokens()[0];
    } else {
      System.arraycopy(row.tokens(), 0, arena, at, row.count());
      for (StepPlan.Span span : row.spans()) {
        for (int i = 0; i < span.count(); i++) {
          arena[at + span.rowOffset() + i] = Fixtures.cell(span.key().image(), span.embeddingOffset() + i);
        }
      }
    }
  }

  private List<Integer> prefix(StepPlan.Row row, int length) {
    if (!text) {
      // What was said seven positions before is said again, mostly.
      return List.of(length % 31 == 0 ? length : length % 7, (int) row.sequence());
    }
    List<Integer> prefix = new ArrayList<>(length);
    int from = row.extent().offset();
    for (int i = 0; i < length; i++) {
      int cell = arena[from + i];
      assertThat(writers[from + i]).as("who wrote position %s", i).isEqualTo(row.tenant());
      assertThat(cell).as("position %s was never computed", i).isNotEqualTo(UNWRITTEN);
      prefix.add(cell);
    }
    return prefix;
  }
}
