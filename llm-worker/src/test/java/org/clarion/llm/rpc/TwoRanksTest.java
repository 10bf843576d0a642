package org.clarion.llm.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.clarion.llm.rpc.TestOwner.admission;
import static org.clarion.llm.rpc.TestOwner.decode;
import static org.clarion.llm.rpc.TestOwner.plan;
import static org.clarion.llm.rpc.TestOwner.prefill;
import static org.clarion.llm.rpc.TestOwner.sampled;
import static org.clarion.llm.rpc.TestOwner.verify;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.clarion.llm.exec.FakeEngine;
import org.clarion.llm.exec.RankGroup;
import org.clarion.llm.exec.RankGroups;
import org.clarion.proto.v1.EmbeddingKey;
import org.clarion.proto.v1.EmbeddingSpan;
import org.clarion.proto.v1.Row;
import org.clarion.proto.v1.StepPlan;
import org.clarion.proto.v1.StepResult;
import org.clarion.rpc.Embedding;
import org.clarion.rpc.EmbeddingSender;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two ranks in lockstep: agreement, loss of a peer, forming anew. */
class TwoRanksTest {
  private static final int[] PROMPT = {3, 1, 4, 1, 5, 9};
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  @TempDir
  private Path folder;

  @Test
  void threadsAgree() throws IOException {
    lockstep(RankGroups.threads(2, DEADLINE));
  }

  @Test
  void processesAgree() throws IOException {
    Path prefix = folder.resolve("group");
    lockstep(List.of(RankGroups.sharedMemory(prefix, 0, 2, DEADLINE), RankGroups.sharedMemory(prefix, 1, 2, DEADLINE)));
  }

  @Test
  void ranksOnTwoLevelsAgree() throws IOException {
    lockstep(RankGroups.inProcess(2, RankGroups.single(), DEADLINE));
    Path prefix = folder.resolve("levels");
    lockstep(List.of(RankGroups.inProcess(1, RankGroups.sharedMemory(prefix, 0, 2, DEADLINE), DEADLINE).getFirst(),
        RankGroups.inProcess(1, RankGroups.sharedMemory(prefix, 1, 2, DEADLINE), DEADLINE).getFirst()));
  }

  private static void lockstep(List<RankGroup> groups) throws IOException {
    try (TestRank zero = new TestRank(groups.get(0)); TestRank one = new TestRank(groups.get(1))) {
      List<Integer> tokens = generate(zero, one, 1);
      assertThat(tokens).isEqualTo(FakeEngine.expected(PROMPT, 8));
      assertThat(generate(zero, one, 2)).as("formed anew with a higher epoch").isEqualTo(tokens);
      assertThat(generate(zero, one, 2)).as("formed anew with the same epoch").isEqualTo(tokens);
    }
  }

  private static List<Integer> generate(TestRank zero, TestRank one, long epoch) {
    TestOwner first = TestOwner.opened(zero, epoch, 0, 2);
    TestOwner second = TestOwner.opened(one, epoch, 1, 2);
    List<Integer> tokens = new ArrayList<>();
    StepPlan.Builder plan = plan(prefill(1, 0, 0, true, PROMPT), prefill(2, 0, 300, true, 8))
        .addAdmissions(admission(1)).addAdmissions(sampled(2, 7));
    for (int position = 6; position < 14; position++) {
      tokens.add(both(first, second, plan).getSampled(0).getToken());
      plan = plan(decode(1, position, 0), decode(2, position - 5, 300));
    }
    return tokens;
  }

  /** The second plan is made before the first one's result is known: it begins where that came to. */
  @Test
  void ranksAgreeOnDrafts() throws IOException {
    List<RankGroup> groups = RankGroups.threads(2, DEADLINE);
    try (TestRank zero = new TestRank(groups.get(0)); TestRank one = new TestRank(groups.get(1))) {
      TestOwner first = TestOwner.opened(zero, 1, 0, 2);
      TestOwner second = TestOwner.opened(one, 1, 1, 2);
      List<Integer> answer = FakeEngine.expected(PROMPT, 16);
      List<Integer> tokens = new ArrayList<>();
      for (StepPlan.Builder plan : List.of(
          plan(prefill(1, 0, 0, true, PROMPT), prefill(2, 0, 300, true, 8)).addAdmissions(admission(1))
              .addAdmissions(sampled(2, 7)),
          plan(verify(1, 6, 0, 5, answer.subList(0, 12)), decode(2, 1, 300)),
          plan(verify(1, 7, 0, 3, answer.subList(1, 12)), decode(2, 2, 300)),
          plan(decode(2, 3, 300), verify(1, 8, 0, 3, List.of())),
          plan(verify(1, 14, 0, 9, answer.subList(8, 10)), decode(2, 4, 300)))) {
        StepResult result = both(first, second, plan);
        tokens.addAll(TestOwner.tokens(result.getSampledList().stream().filter(s -> s.getSequence() == 1).findAny()
            .orElseThrow()));
      }
      assertThat(tokens).isEqualTo(answer.subList(0, tokens.size())).hasSize(1 + 5 + 3 + 1 + 1);
    }
  }

  @Test
  void anEmbeddingThatOneRankLacksIsRetriedByBoth() throws Exception {
    List<RankGroup> groups = RankGroups.threads(2, DEADLINE);
    try (TestRank zero = new TestRank(groups.get(0)); TestRank one = new TestRank(groups.get(1))) {
      TestOwner first = TestOwner.opened(zero, 1, 0, 2);
      TestOwner second = TestOwner.opened(one, 1, 1, 2);
      EmbeddingKey key = Embedding.key("clinic", new byte[32]);
      EmbeddingSender sender = new EmbeddingSender(new Embedding(key, "tiny", 4, 1, new float[]{1, 2, 3, 4}));
      assertThat(sender.put(zero.channel, DEADLINE).get()).isTrue();
      Row row = prefill(1, 0, 0, true, 0, 0, 0, 0, 5).toBuilder()
          .addSpans(EmbeddingSpan.newBuilder().setKey(key).setCount(4)).build();
      StepResult result = both(first, second, plan(row).addAdmissions(admission(1)));
      assertThat(result.getRetries(0).getEmbedding()).isEqualTo(key);
      assertThat(result.getSampledCount()).isZero();
      assertThat(sender.put(one.channel, DEADLINE).get()).isTrue();
      assertThat(both(first, second, plan(row)).getSampledCount()).isEqualTo(1);
      assertThat(both(first, second, plan(decode(1, 5, 0))).getSampledCount()).isEqualTo(1);
    }
  }

  @Test
  void aLostPeerEndsTheStreamAndAnOwnerWithAHigherEpochStartsAgain() throws IOException {
    List<RankGroup> groups = RankGroups.threads(2, DEADLINE);
    try (TestRank zero = new TestRank(groups.get(0)); TestRank one = new TestRank(groups.get(1))) {
      TestOwner first = TestOwner.opened(zero, 1, 0, 2);
      TestOwner second = TestOwner.opened(one, 1, 1, 2);
      both(first, second, plan(prefill(1, 0, 0, true, PROMPT)).addAdmissions(admission(1)));
      second.cancel();
      assertThat(second.error().code()).isEqualTo("cancelled");
      first.send(plan(decode(1, 6, 0)));
      assertThat(first.error().code()).isEqualTo("unavailable");
      assertThat(generate(zero, one, 2)).isEqualTo(FakeEngine.expected(PROMPT, 8));
    }
  }

  @Test
  void aTakeOverBreaksOffTheWaitForAPeer() throws IOException {
    List<RankGroup> groups = RankGroups.threads(2, Duration.ofMinutes(5));
    try (TestRank zero = new TestRank(groups.get(0)); TestRank one = new TestRank(groups.get(1))) {
      // The peer never comes for epoch 1: rank 0 waits for its group until the next owner opens.
      TestOwner first = TestOwner.opened(zero, 1, 0, 2);
      first.send(plan(prefill(1, 0, 0, true, PROMPT)).addAdmissions(admission(1)));
      assertThat(generate(zero, one, 2)).isEqualTo(FakeEngine.expected(PROMPT, 8));
      assertThat(first.error().code()).isEqualTo("stale_epoch");
    }
  }

  private static StepResult both(TestOwner first, TestOwner second, StepPlan.Builder plan) {
    first.send(plan.clone());
    second.send(plan.clone());
    StepResult result = first.result();
    StepResult other = second.result();
    assertThat(other.getStep()).isEqualTo(result.getStep());
    assertThat(other.getSampledCount()).isZero();
    assertThat(other.getRetriesCount()).isZero();
    return result;
  }
}
