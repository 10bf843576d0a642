package org.clarion.llm.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.clarion.llm.rpc.TestOwner.admission;
import static org.clarion.llm.rpc.TestOwner.decode;
import static org.clarion.llm.rpc.TestOwner.plan;
import static org.clarion.llm.rpc.TestOwner.prefill;
import static org.clarion.llm.rpc.TestOwner.sampled;
import static org.clarion.llm.rpc.TestOwner.verify;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.clarion.llm.exec.FakeEngine;
import org.clarion.llm.exec.RankGroups;
import org.clarion.proto.v1.Admission;
import org.clarion.proto.v1.EmbeddingKey;
import org.clarion.proto.v1.EmbeddingSpan;
import org.clarion.proto.v1.Extent;
import org.clarion.proto.v1.Fork;
import org.clarion.proto.v1.RetryReason;
import org.clarion.proto.v1.Row;
import org.clarion.proto.v1.Sampled;
import org.clarion.proto.v1.Sampling;
import org.clarion.proto.v1.StepPlan;
import org.clarion.proto.v1.StepResult;
import org.clarion.proto.v1.TokenBias;
import org.clarion.rpc.Embedding;
import org.clarion.rpc.EmbeddingSender;
import org.clarion.rpc.ServiceError;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One rank: order, fencing, retries, cancellation. */
class ExecuteServiceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int[] PROMPT = {3, 1, 4, 1, 5, 9};

  private TestRank rank;

  @BeforeEach
  void start() throws IOException {
    rank = new TestRank(RankGroups.single());
  }

  @AfterEach
  void stop() {
    rank.close();
  }

  @Test
  void draftsAreTakenAsFarAsTheModelChoosesThem() {
    TestOwner owner = TestOwner.opened(rank, 1);
    List<Integer> answer = FakeEngine.expected(PROMPT, 40);
    List<Integer> tokens = new ArrayList<>();
    tokens.add(owner.run(plan(prefill(1, 0, 0, true, PROMPT)).addAdmissions(admission(1))).getSampled(0).getToken());
    for (int step = 0; tokens.size() < 30; step++) {
      // Every draft has another wrong token, or none.
      List<Integer> expected = new ArrayList<>(answer.subList(tokens.size() - 1, tokens.size() + 7));
      int wrong = step % expected.size();
      expected.set(wrong, expected.get(wrong) + (step % 3 == 0 ? 0 : 1));
      Sampled sampled = owner.run(plan(verify(1, PROMPT.length + tokens.size() - 1, 0, 5, expected))).getSampled(0);
      assertThat(sampled.getDrafted()).isEqualTo(step % 3 != 0 && wrong == 0 ? 0 : 4);
      assertThat(sampled.getMoreTokensCount()).isEqualTo(step % 3 == 0 || wrong > 4 ? 4 : Math.max(0, wrong - 1));
      tokens.addAll(TestOwner.tokens(sampled));
    }
    assertThat(tokens).isEqualTo(answer.subList(0, tokens.size()));
    assertThat(owner.run(plan(decode(1, PROMPT.length + tokens.size() - 1, 0))).getSampled(0).getToken())
        .isEqualTo(answer.get(tokens.size()));
    StepResult ahead = owner.run(plan(verify(1, PROMPT.length + tokens.size() + 1, 0, 5, List.of())));
    assertThat(ahead.getRetries(0).getReason()).isEqualTo(RetryReason.RETRY_REASON_POSITION_MISMATCH);
  }

  @Test
  void aDraftOfASampledAnswerIsRefused() {
    TestOwner owner = TestOwner.opened(rank, 1);
    int token = owner.run(plan(prefill(1, 0, 0, true, PROMPT)).addAdmissions(sampled(1, 5))).getSampled(0).getToken();
    owner.send(plan(verify(1, PROMPT.length, 0, 5, List.of(token, 1, 2))));
    assertThat(owner.error().message()).contains("does not take the likeliest id");
  }

  @Test
  void aVerifyOutsideItsBoundsIsRefused() {
    TestOwner owner = TestOwner.opened(rank, 1);
    owner.send(plan(verify(1, 99, 0, 2, List.of())));
    assertThat(owner.error().message()).contains("not within its extent of 100");
    TestOwner again = TestOwner.opened(rank, 2);
    again.send(plan(verify(1, 6, 0, 2, List.of(1, FakeEngine.VOCABULARY))));
    assertThat(again.error().message()).contains("not below the vocabulary");
    TestOwner third = TestOwner.opened(rank, 3);
    third.send(plan(verify(1, 6, 0, 2, List.of()), prefill(2, 0, 90, true, 1)));
    assertThat(third.error().message()).contains("write the same arena position");
  }

  @Test
  void aPromptInChunksAndItsAnswer() {
    TestOwner owner = TestOwner.opened(rank, 1);
    StepResult first = owner.run(plan(prefill(7, 0, 40, false, 3, 1, 4)).addAdmissions(admission(7)));
    assertThat(first.getSampledList()).isEmpty();
    assertThat(first.getMemoryBytes()).isEqualTo(1);
    List<Integer> tokens = new ArrayList<>();
    tokens.add(owner.run(plan(prefill(7, 3, 40, true, 1, 5, 9))).getSampled(0).getToken());
    for (int position = 6; position < 15; position++) {
      StepResult result = owner.run(plan(decode(7, position, 40)));
      tokens.add(result.getSampled(0).getToken());
      assertThat(result.getSampled(0).getLogProbability()).as("not asked for").isZero();
    }
    assertThat(tokens).isEqualTo(FakeEngine.expected(PROMPT, 10));
  }

  @Test
  void plansMayComeAheadAndAreAnsweredInOrder() {
    TestOwner owner = TestOwner.opened(rank, 1);
    rank.engine.gated.set(true);
    owner.send(plan(prefill(1, 0, 0, true, PROMPT)).addAdmissions(admission(1)));
    owner.send(plan(decode(1, 6, 0), prefill(2, 0, 200, true, 2, 7)).addAdmissions(admission(2)));
    owner.send(plan(decode(1, 7, 0), decode(2, 2, 200)));
    // The fourth stays with the transport until a result makes room.
    owner.send(plan(decode(2, 3, 200)));
    owner.assertSilent();
    rank.engine.permits.release(4);
    List<Integer> one = new ArrayList<>();
    List<Integer> two = new ArrayList<>();
    for (int step = 1; step <= 4; step++) {
      StepResult result = owner.result();
      assertThat(result.getStep()).isEqualTo(step);
      result.getSampledList().forEach(s -> (s.getSequence() == 1 ? one : two).add(s.getToken()));
    }
    assertThat(one).isEqualTo(FakeEngine.expected(PROMPT, 3));
    assertThat(two).isEqualTo(FakeEngine.expected(new int[]{2, 7}, 3));
  }

  @Test
  void samplingDoesNotDependOnTheBatch() {
    TestOwner owner = TestOwner.opened(rank, 1);
    List<Integer> alone = new ArrayList<>();
    alone.add(owner.run(plan(prefill(1, 0, 0, true, PROMPT)).addAdmissions(sampled(1, 99))).getSampled(0).getToken());
    for (int position = 6; position < 20; position++) {
      alone.add(owner.run(plan(decode(1, position, 0))).getSampled(0).getToken());
    }
    List<Integer> crowded = new ArrayList<>();
    StepResult first = owner.run(plan(prefill(4, 0, 300, true, 8), prefill(5, 0, 500, true, PROMPT),
        prefill(6, 0, 700, false, 8, 8)).addAdmissions(sampled(4, 1)).addAdmissions(sampled(5, 99))
        .addAdmissions(admission(6)).addRelease(1));
    crowded.add(first.getSampled(1).getToken());
    for (int position = 6; position < 20; position++) {
      StepResult result = owner.run(plan(decode(5, position, 500), decode(4, position - 5, 300)));
      assertThat(result.getSampled(0).getSequence()).isEqualTo(5);
      crowded.add(result.getSampled(0).getToken());
    }
    assertThat(crowded).isEqualTo(alone);
  }

  @Test
  void penaltiesSeeTheAnswerAlsoWhenItGoesOnElsewhere() {
    TestOwner owner = TestOwner.opened(rank, 1);
    Sampling sampling = Sampling.newBuilder().setTemperature(1).setSeed(5).setRepetitionPenalty(1.3f)
        .setPresencePenalty(0.4f).setFrequencyPenalty(0.9f)
        .addLogitBias(TokenBias.newBuilder().setToken(11).setBias(3)).build();
    List<Integer> whole = new ArrayList<>();
    whole.add(owner.run(plan(prefill(1, 0, 0, true, PROMPT))
        .addAdmissions(admission(1).toBuilder().setSampling(sampling))).getSampled(0).getToken());
    for (int position = 6; position < 40; position++) {
      whole.add(owner.run(plan(decode(1, position, 0))).getSampled(0).getToken());
    }
    assertThat(whole).isNotEqualTo(plainAnswer(owner, sampling));

    // The ranks lost it after 14 tokens: prompt and answer are computed again, elsewhere in the arena.
    int[] known = IntStream.concat(Arrays.stream(PROMPT), whole.stream().limit(14).mapToInt(t -> t)).toArray();
    List<Integer> resumed = new ArrayList<>(whole.subList(0, 14));
    resumed.add(owner.run(plan(prefill(3, 0, 400, true, known)).addAdmissions(admission(3).toBuilder()
        .setSampling(sampling).addAllAnswer(whole.subList(0, 14)))).getSampled(0).getToken());
    for (int position = 20; position < 40; position++) {
      resumed.add(owner.run(plan(decode(3, position, 400))).getSampled(0).getToken());
    }
    assertThat(resumed).isEqualTo(whole);
  }

  /** The answer without penalties. */
  private static List<Integer> plainAnswer(TestOwner owner, Sampling sampling) {
    Sampling plain = Sampling.newBuilder().setTemperature(1).setSeed(sampling.getSeed()).build();
    List<Integer> tokens = new ArrayList<>();
    tokens.add(owner.run(plan(prefill(2, 0, 200, true, PROMPT))
        .addAdmissions(admission(2).toBuilder().setSampling(plain))).getSampled(0).getToken());
    for (int position = 6; position < 40; position++) {
      tokens.add(owner.run(plan(decode(2, position, 200))).getSampled(0).getToken());
    }
    return tokens;
  }

  @Test
  void logProbabilitiesAreOfTheUnchangedLogits() {
    TestOwner owner = TestOwner.opened(rank, 1);
    Sampling sampling = Sampling.newBuilder().setTopLogProbabilities(3)
        .addLogitBias(TokenBias.newBuilder().setToken(7).setBias(100)).build();
    Sampled sampled = owner.run(plan(prefill(1, 0, 0, true, PROMPT))
        .addAdmissions(admission(1).toBuilder().setSampling(sampling))).getSampled(0);
    assertThat(sampled.getToken()).isEqualTo(7);
    assertThat(sampled.getLogProbability()).isBetween(-10f, -0.01f);
    assertThat(sampled.getLikeliestCount()).isEqualTo(3);
    assertThat(sampled.getLikeliest(0).getToken()).isEqualTo(FakeEngine.expected(PROMPT, 1).getFirst());
    assertThat(sampled.getLikeliest(0).getLogProbability())
        .isGreaterThanOrEqualTo(sampled.getLikeliest(1).getLogProbability());
  }

  @Test
  void aBeamTellsCandidatesAndGoesOnWhereAnotherStands() {
    TestOwner owner = TestOwner.opened(rank, 1);
    Admission beam = admission(1).toBuilder().setBeamCandidates(4).build();
    Sampled first = owner.run(plan(prefill(1, 0, 0, true, PROMPT)).addAdmissions(beam)).getSampled(0);
    assertThat(first.getLikeliestCount()).isEqualTo(4);
    assertThat(first.getLikeliest(0).getToken()).isEqualTo(FakeEngine.expected(PROMPT, 1).getFirst());
    int second = first.getLikeliest(1).getToken();
    Fork fork = Fork.newBuilder().setFromSequence(1).setToSequence(2).setPosition(0).setCount(6)
        .setFromExtent(extent(0)).setToExtent(extent(100)).build();
    StepResult forked = owner.run(plan(chosen(1, 6, 0, first.getLikeliest(0).getToken()), chosen(2, 6, 100, second))
        .addAdmissions(beam.toBuilder().setSequence(2)).addForks(fork));
    int[] prefix = Arrays.copyOf(PROMPT, 7);
    prefix[6] = second;
    assertThat(forked.getSampled(1).getLikeliest(0).getToken())
        .isEqualTo(FakeEngine.expected(prefix, 1).getFirst());
    // A fork of a sequence that nobody knows forgets its target; the other goes on.
    StepResult lost = owner.run(plan(chosen(1, 7, 0, 3), chosen(2, 7, 100, 3))
        .addForks(fork.toBuilder().setFromSequence(9).setPosition(6).setCount(1)));
    assertThat(lost.getSampledList()).hasSize(1);
    assertThat(lost.getRetriesList()).singleElement()
        .satisfies(retry -> assertThat(retry.getSequence()).isEqualTo(2));
  }

  @Test
  void aSequenceMovesAndAnotherBeginsAlike() {
    TestOwner owner = TestOwner.opened(rank, 1);
    List<Integer> expected = FakeEngine.expected(PROMPT, 5);
    List<Integer> got = new ArrayList<>();
    got.add(owner.run(plan(prefill(1, 0, 100, true, PROMPT)).addAdmissions(admission(1))).getSampled(0).getToken());
    int at = 100;
    // To the left and to the right, overlapping and not; the old place is overwritten by then.
    for (int to : new int[]{96, 104, 300, 0}) {
      Fork move = Fork.newBuilder().setFromSequence(1).setToSequence(1).setCount(5 + got.size())
          .setFromExtent(extent(at)).setToExtent(extent(to)).build();
      got.add(owner.run(plan(decode(1, 5 + got.size(), to)).addForks(move)).getSampled(0).getToken());
      at = to;
    }
    assertThat(got).isEqualTo(expected);

    Fork share = Fork.newBuilder().setCount(4).setFromExtent(extent(0)).setToExtent(extent(200)).build();
    int[] rest = Arrays.copyOfRange(PROMPT, 4, PROMPT.length);
    assertThat(owner.run(plan(prefill(2, 4, 200, true, rest)).addAdmissions(admission(2)).addForks(share))
        .getSampled(0).getToken()).isEqualTo(expected.getFirst());

    // What nobody wrote is not there after a copy either.
    Fork nothing = Fork.newBuilder().setCount(4).setFromExtent(extent(400)).setToExtent(extent(200)).build();
    assertThat(owner.run(plan(prefill(3, 4, 200, true, rest)).addAdmissions(admission(3)).addForks(nothing))
        .getRetriesList()).singleElement().satisfies(retry -> assertThat(retry.getSequence()).isEqualTo(3));
  }

  private static Extent extent(int offset) {
    return Extent.newBuilder().setOffset(offset).setLength(100).build();
  }

  private static Row chosen(long sequence, int position, int offset, int token) {
    return decode(sequence, position, offset).toBuilder().addTokens(token).build();
  }

  @Test
  void aMissingEmbeddingIsRetriedAndLaterRowsFollow() throws Exception {
    TestOwner owner = TestOwner.opened(rank, 1);
    EmbeddingKey key = Embedding.key("clinic", new byte[32]);
    Row withImage = prefill(1, 0, 0, true, 3, 0, 0, 0, 0, 5).toBuilder().addSpans(EmbeddingSpan.newBuilder()
        .setKey(key).setRowOffset(1).setCount(4)).build();
    rank.engine.gated.set(true);
    owner.send(plan(withImage, prefill(2, 0, 200, true, 6)).addAdmissions(admission(1)).addAdmissions(admission(2)));
    owner.send(plan(decode(1, 6, 0), decode(2, 1, 200)));
    rank.engine.gated.set(false);
    rank.engine.permits.release(2);
    StepResult result = owner.result();
    assertThat(result.getRetriesList()).singleElement().satisfies(retry -> {
      assertThat(retry.getSequence()).isEqualTo(1);
      assertThat(retry.getReason()).isEqualTo(RetryReason.RETRY_REASON_MISSING_EMBEDDING);
      assertThat(retry.getEmbedding()).isEqualTo(key);
    });
    assertThat(result.getSampledList()).hasSize(1);
    result = owner.result();
    assertThat(result.getRetriesList()).singleElement().satisfies(retry -> {
      assertThat(retry.getReason()).isEqualTo(RetryReason.RETRY_REASON_POSITION_MISMATCH);
      assertThat(retry.hasEmbedding()).isFalse();
    });
    assertThat(result.getSampledList()).hasSize(1);

    EmbeddingSender sender = new EmbeddingSender(new Embedding(key, "tiny", 4, 1, new float[]{1, 2, 3, 4}));
    assertThat(sender.put(rank.channel, PATIENCE).get()).isTrue();
    assertThat(sender.put(rank.channel, PATIENCE).get()).isFalse();
    result = owner.run(plan(withImage));
    assertThat(result.getRetriesList()).isEmpty();
    int whole = result.getSampled(0).getToken();

    // The same prompt in chunks that split the image reads the right rows of it.
    Row head = prefill(3, 0, 400, false, 3, 0, 0).toBuilder().addSpans(EmbeddingSpan.newBuilder().setKey(key)
        .setRowOffset(1).setCount(2)).build();
    Row tail = prefill(3, 3, 400, true, 0, 0, 5).toBuilder().addSpans(EmbeddingSpan.newBuilder().setKey(key)
        .setEmbeddingOffset(2).setCount(2)).build();
    owner.run(plan(head).addAdmissions(admission(3)));
    assertThat(owner.run(plan(tail)).getSampled(0).getToken()).isEqualTo(whole);

    // Nobody needs it any more.
    owner.run(plan().addDropEmbeddings(key));
    assertThat(rank.embeddings.bytes()).isZero();
  }

  @Test
  void embeddingsOfAnotherShapeOrWithoutEndAreRefused() {
    EmbeddingKey key = Embedding.key("clinic", new byte[32]);
    assertRefusedPut(new Embedding(key, "tiny", 3, 1, new float[3]), "wrong_embedding", "4 x 1");
    assertRefusedPut(new Embedding(key, "other", 4, 1, new float[4]), "wrong_embedding", "other");
    assertRefusedPut(new Embedding(key, "tiny", 4, 1, new float[]{0, Float.POSITIVE_INFINITY, 0, 0}),
        "embedding_not_finite", "finite");
  }

  @Test
  void aHigherEpochTakesOverAndAnOlderOneIsRefused() {
    TestOwner old = TestOwner.opened(rank, 5);
    rank.engine.gated.set(true);
    old.send(plan(prefill(1, 0, 0, true, PROMPT)).addAdmissions(admission(1)));
    await().atMost(PATIENCE).until(() -> rank.engine.steps.get() == 1);
    TestOwner next = TestOwner.opened(rank, 6);
    assertThat(old.error().code()).isEqualTo("stale_epoch");
    rank.engine.gated.set(false);
    rank.engine.permits.release();

    StepResult result = next.run(plan(decode(1, 6, 0)));
    assertThat(result.getRetries(0).getReason()).isEqualTo(RetryReason.RETRY_REASON_POSITION_MISMATCH);
    result = next.run(plan(prefill(1, 6, 0, true, 2)).addAdmissions(admission(1)));
    assertThat(result.getRetriesCount()).as("the old epoch's keys and values are not to be read").isEqualTo(1);

    TestOwner late = new TestOwner(rank, 5);
    late.open(0, 1);
    assertThat(late.error()).isEqualTo(new ServiceError.StaleEpoch(5, 6));
    TestOwner again = TestOwner.opened(rank, 6);
    assertThat(next.error().code()).isEqualTo("stale_epoch");
    assertThat(again.run(plan(prefill(1, 0, 0, true, PROMPT)).addAdmissions(admission(1))).getSampled(0).getToken())
        .isEqualTo(FakeEngine.expected(PROMPT, 1).getFirst());
  }

  @Test
  void aPlanOfAnotherEpochEndsTheCall() {
    TestOwner owner = TestOwner.opened(rank, 2);
    TestOwner liar = new TestOwner(rank, 3);
    liar.open(0, 1);
    liar.response();
    assertThat(owner.error().code()).isEqualTo("stale_epoch");
    TestOwner stale = TestOwner.opened(rank, 3);
    stale.run(plan());
    assertThat(rank.executor.healthy()).isTrue();
  }

  @Test
  void badPlansAreRefusedByName() {
    assertRefused(plan(prefill(1, 0, 950, true, 1)), "[950, 1050)", "1000");
    assertRefused(plan(prefill(1, 98, 0, true, 1, 2, 3)), "98 to 101", "100");
    assertRefused(plan(prefill(1, 0, 0, true, 50)), "50", "vocabulary");
    assertRefused(plan(prefill(1, 0, 0, true, -1)), "4294967295", "vocabulary");
    assertRefused(plan(prefill(1, 0, 0, true)), "positions 0 to 0", "");
    assertRefused(plan(prefill(1, 0, 0, true, 1), decode(1, 1, 0)), "two rows", "");
    assertRefused(plan(prefill(1, 0, 0, true, 1, 2), prefill(2, 0, 1, true, 1)), "position 1", "");
    assertRefused(plan(decode(1, 1, 0).toBuilder().setSample(false).build()), "sample false", "");
    assertRefused(plan(prefill(1, 0, 0, true, 1).toBuilder().setCount(2).build()), "2", "1 tokens");
    assertRefused(plan(decode(1, 1, 0).toBuilder().setKindValue(7).build()), "kind", "");
    assertRefused(plan(prefill(1, 0, 0, true, 1, 2).toBuilder()
        .addSpans(EmbeddingSpan.newBuilder().setRowOffset(1).setCount(2)).build()), "span of 2", "row of 2");
    assertRefused(plan(prefill(1, 0, 0, true, 1, 2, 3, 4, 5).toBuilder()
        .addSpans(EmbeddingSpan.newBuilder().setCount(5)).build()), "span of 5", "image of 4");
    StepPlan.Builder many = plan();
    for (int i = 0; i < 17; i++) {
      many.addRows(prefill(i, 0, 0, true, 1));
    }
    assertRefused(many, "17 rows", "16");
    assertRefused(plan().addAdmissions(sampled(1, 1).toBuilder().setSampling(
        sampled(1, 1).getSampling().toBuilder().setTopP(2))), "top-p", "2.0");
  }

  @Test
  void theOpeningIsChecked() {
    TestOwner wrong = new TestOwner(rank, 1);
    wrong.open(1, 2);
    assertThat(wrong.error().message()).contains("rank 0 of 1").contains("rank 1 of 2");
    TestOwner early = new TestOwner(rank, 1);
    early.send(plan());
    assertThat(early.error().message()).contains("before open");
    TestOwner twice = TestOwner.opened(rank, 1);
    twice.open(0, 1);
    assertThat(twice.error().message()).contains("open already");
  }

  @Test
  void cancellationFreesAndTheNextOwnerFindsNothing() {
    TestOwner owner = TestOwner.opened(rank, 1);
    rank.engine.gated.set(true);
    owner.send(plan(prefill(1, 0, 0, true, PROMPT)).addAdmissions(admission(1)));
    owner.send(plan(decode(1, 6, 0)));
    await().atMost(PATIENCE).until(() -> rank.engine.steps.get() == 1);
    owner.cancel();
    assertThat(owner.error().code()).isEqualTo("cancelled");
    await().atMost(PATIENCE).until(() -> rank.cancelled.get() == 1);
    rank.engine.gated.set(false);
    rank.engine.permits.release();
    await().atMost(PATIENCE).until(() -> rank.progress.outstanding() == 0);
    assertThat(rank.engine.steps.get()).as("the waiting plan was skipped").isEqualTo(1);
    TestOwner next = TestOwner.opened(rank, 1);
    assertThat(next.run(plan(decode(1, 7, 0))).getRetriesCount()).isEqualTo(1);
  }

  @Test
  void aClosedHalfEndsTheCallAfterItsPlans() {
    TestOwner owner = TestOwner.opened(rank, 1);
    owner.send(plan(prefill(1, 0, 0, true, PROMPT)).addAdmissions(admission(1)));
    owner.finish();
    assertThat(owner.result().getSampledCount()).isEqualTo(1);
    owner.assertCompleted();
  }

  @Test
  void aFailedStepEndsTheCallAndTheNextOneWorks() {
    TestOwner owner = TestOwner.opened(rank, 1);
    rank.engine.failing.set(true);
    owner.send(plan(prefill(1, 0, 0, true, PROMPT)).addAdmissions(admission(1)));
    ServiceError error = owner.error();
    assertThat(error.code()).isEqualTo("internal");
    assertThat(error.message()).doesNotContain("fire");
    TestOwner next = TestOwner.opened(rank, 2);
    assertThat(next.run(plan(prefill(1, 0, 0, true, PROMPT)).addAdmissions(admission(1))).getSampledCount())
        .isEqualTo(1);
  }

  @Test
  void aStoppedRankSaysSoAndClosesItsEngine() {
    TestOwner owner = TestOwner.opened(rank, 1);
    rank.executor.close();
    assertThat(owner.error().code()).isEqualTo("unavailable");
    assertThat(rank.engine.closed).isTrue();
    TestOwner late = new TestOwner(rank, 2);
    late.open(0, 1);
    assertThat(late.error().code()).isEqualTo("unavailable");
    assertThat(rank.executor.healthy()).isFalse();
  }

  private void assertRefused(StepPlan.Builder plan, String first, String second) {
    TestOwner owner = TestOwner.opened(rank, 1);
    owner.send(plan);
    ServiceError error = owner.error();
    assertThat(error.code()).isEqualTo("invalid_plan");
    assertThat(error.message()).contains(first, second);
  }

  private void assertRefusedPut(Embedding embedding, String code, String words) {
    var result = new EmbeddingSender(embedding).put(rank.channel, PATIENCE);
    await().atMost(PATIENCE).until(result::isDone);
    ServiceError error = ServiceError.from(result.exceptionNow());
    assertThat(error.code()).isEqualTo(code);
    assertThat(error.message()).contains(words);
  }
}
