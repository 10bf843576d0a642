package org.clarion.scheduler.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.clarion.proto.v1.FinishReason;
import org.clarion.proto.v1.Finished;
import org.clarion.proto.v1.GenerateStart;
import org.clarion.proto.v1.GetSessionRequest;
import org.clarion.proto.v1.GetSessionResponse;
import org.clarion.proto.v1.Placed;
import org.clarion.proto.v1.Priority;
import org.clarion.proto.v1.PromptSegment;
import org.clarion.proto.v1.Row;
import org.clarion.proto.v1.SchedulerServiceGrpc;
import org.clarion.rpc.Embedding;
import org.clarion.rpc.ServiceError;
import org.clarion.scheduler.api.Member;
import org.clarion.scheduler.api.MemberId;
import org.clarion.scheduler.api.ReplicaId;
import org.clarion.scheduler.core.SchedulerLimits;
import org.junit.jupiter.api.Test;

class GenerateServiceTest {
  private static final byte[] IMAGE = new byte[32];

  /** What the model says without any serving around it. */
  private static List<Integer> answer(String tenant, List<PromptSegment> segments, int maxTokens) {
    List<Integer> prefix = flat(tenant, segments);
    List<Integer> answer = new ArrayList<>();
    while (answer.size() < maxTokens) {
      int token = FakeWorker.next(prefix);
      if (token == 2) {
        break;
      }
      prefix.add(token);
      answer.add(token);
    }
    return answer;
  }

  private static List<Integer> flat(String tenant, List<PromptSegment> segments) {
    List<Integer> prefix = new ArrayList<>();
    for (PromptSegment segment : segments) {
      prefix.addAll(segment.getTokens().getIdsList());
      for (int i = 0; i < segment.getImage().getTokens(); i++) {
        prefix.add(FakeWorker.cell(Embedding.key(tenant, segment.getImage().getImageHash().toByteArray()), i));
      }
    }
    return prefix;
  }

  private static Harness owned(int ranks) throws Exception {
    Harness harness = Harness.of(ranks);
    serve(harness);
    return harness;
  }

  private static void serve(Harness harness) throws Exception {
    assertThat(harness.own(harness.nodes.getFirst())).isTrue();
    await().until(() -> harness.registry.get("clarion.scheduler.arena.capacity").gauge().value() > 1);
  }

  private static GetSessionResponse session(Harness harness, String tenant, String id) {
    return SchedulerServiceGrpc.newBlockingStub(harness.scheduler()).withDeadlineAfter(10, TimeUnit.SECONDS)
        .getSession(GetSessionRequest.newBuilder().setTenant(tenant).setSessionId(id).build());
  }

  @Test
  void streamsTheModelsAnswerAndKeepsTheSession() throws Exception {
    try (Harness harness = owned(2)) {
      List<PromptSegment> prompt = List.of(Client.words(40, 1));
      Client client = harness.ask(Client.question("a", "s", prompt, 20));
      client.halfClose();
      Finished finished = client.awaitFinished();
      List<Integer> expected = answer("a", prompt, 20);
      assertThat(client.tokens()).isEqualTo(expected);
      assertThat(finished.getPromptTokens()).isEqualTo(40);
      assertThat(finished.getCachedTokens()).isZero();
      assertThat(finished.getCompletionTokens()).isEqualTo(expected.size());
      assertThat(finished.getReason()).isEqualTo(expected.size() == 20
          ? FinishReason.FINISH_REASON_LENGTH
          : FinishReason.FINISH_REASON_STOP);
      assertThat(client.placed.get().getEmbeddingDestinationsList()).hasSize(3)
          .last().isEqualTo(harness.nodes.getFirst().name);
      GetSessionResponse session = session(harness, "a", "s");
      assertThat(session.getTokens()).isEqualTo(40 + expected.size());
      assertThat(session.getTurns()).isEqualTo(1);
      assertThatThrownBy(() -> session(harness, "b", "s"))
          .satisfies(e -> assertThat(ServiceError.from(e).code()).isEqualTo("session_not_found"));
      assertThat(harness.counted("clarion.generation.tokens")).isEqualTo(expected.size());
      assertThat(harness.counted("clarion.prompt.tokens")).isEqualTo(40);
    }
  }

  @Test
  void manyAtOnceShareSteps() throws Exception {
    try (Harness harness = owned(2)) {
      harness.workers.getFirst().steps.drainPermits();
      List<Client> clients = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        clients.add(harness.ask(Client.question("t" + i % 3, "s" + i, List.of(Client.words(20, i)), 30)));
        clients.getLast().placed.get(10, TimeUnit.SECONDS);
      }
      harness.workers.getFirst().steps.release(100_000);
      for (int i = 0; i < 8; i++) {
        clients.get(i).awaitFinished();
        assertThat(clients.get(i).tokens()).isEqualTo(answer("t", List.of(Client.words(20, i)), 30));
      }
      assertThat(harness.registry.get("clarion.scheduler.batch.rows").summary().max()).isGreaterThan(4);
    }
  }

  @Test
  void followUpPrefillsOnlyWhatIsNew() throws Exception {
    try (Harness harness = owned(1)) {
      List<PromptSegment> first = List.of(Client.words(60, 2));
      Client one = harness.ask(Client.question("a", "s", first, 10));
      one.awaitFinished();
      int before = harness.workers.getFirst().prefilled.get();
      assertThat(before).isEqualTo(60);
      PromptSegment more = Client.words(9, 3);
      Client two = harness.ask(Client.question("a", "s", List.of(more), 10).setContinuesSession(true));
      Finished finished = two.awaitFinished();
      List<Integer> known = new ArrayList<>(first.getFirst().getTokens().getIdsList());
      known.addAll(one.tokens());
      known.addAll(more.getTokens().getIdsList());
      int[] all = known.stream().mapToInt(Integer::intValue).toArray();
      assertThat(two.tokens()).isEqualTo(answer("a", List.of(Client.text(all)), 10));
      assertThat(harness.workers.getFirst().prefilled.get() - before)
          .as("new tokens, and the last sampled one if its keys were not computed").isBetween(9, 10);
      assertThat(finished.getCachedTokens()).isEqualTo(known.size() - (harness.workers.getFirst().prefilled.get()
          - before));
      assertThat(two.placed.get().getCachedTokens()).isEqualTo(finished.getCachedTokens());
    }
  }

  @Test
  void cancelledGenerationIsGoneFromTheNextPlan() throws Exception {
    try (Harness harness = owned(1)) {
      FakeWorker worker = harness.workers.getFirst();
      worker.steps.drainPermits();
      Client client = harness.ask(Client.question("a", "s", List.of(Client.words(5, 4)), 200));
      client.placed.get(10, TimeUnit.SECONDS);
      Client other = harness.ask(Client.question("b", "s", List.of(Client.words(5, 6)), 200));
      other.placed.get(10, TimeUnit.SECONDS);
      worker.steps.release(6);
      await().until(() -> client.tokens().size() >= 2);
      client.cancelMessage();
      Finished finished = client.awaitFinished();
      assertThat(finished.getReason()).isEqualTo(FinishReason.FINISH_REASON_CANCELLED);
      assertThat(finished.getCompletionTokens()).isEqualTo(client.tokens().size());
      int planned = worker.plans.size() + 2;
      worker.steps.release(10_000);
      other.awaitFinished();
      long sequence = worker.plans.getFirst().getRows(0).getSequence();
      assertThat(worker.plans.stream().skip(planned).flatMap(p -> p.getRowsList().stream()).map(Row::getSequence))
          .isNotEmpty().doesNotContain(sequence);
      assertThat(session(harness, "a", "s").getTokens()).isEqualTo(5 + client.tokens().size());
    }
  }

  @Test
  void readerThatLeavesParksItsSession() throws Exception {
    try (Harness harness = new Harness(1, 1024, Harness.LIMITS, Duration.ofSeconds(20), Duration.ZERO)) {
      serve(harness);
      FakeWorker worker = harness.workers.getFirst();
      worker.steps.drainPermits();
      Client client = harness.ask(Client.question("a", "s", List.of(Client.words(5, 4)), 200));
      worker.steps.release(5);
      await().until(() -> client.tokens().size() >= 2);
      client.disconnect();
      await().until(() -> harness.registry.get("clarion.scheduler.parked").gauge().value() == 1);
      worker.steps.release(10_000);
      await().untilAsserted(() -> assertThat(session(harness, "a", "s").getTurns()).isEqualTo(1));
      Client again = harness.ask(Client.question("a", "s", List.of(Client.words(3, 1)), 5).setContinuesSession(true));
      assertThat(again.awaitFinished().getCachedTokens()).isGreaterThan(5);
    }
  }

  @Test
  void endAtCutsTheAnswer() throws Exception {
    try (Harness harness = owned(1)) {
      FakeWorker worker = harness.workers.getFirst();
      worker.steps.drainPermits();
      Client client = harness.ask(Client.question("a", "s", List.of(Client.words(5, 4)), 200));
      worker.steps.release(6);
      await().until(() -> client.tokens().size() >= 4);
      client.endAt(3);
      Finished finished = client.awaitFinished();
      assertThat(finished.getReason()).isEqualTo(FinishReason.FINISH_REASON_STOP);
      assertThat(finished.getCompletionTokens()).isEqualTo(3);
      assertThat(session(harness, "a", "s").getTokens()).isEqualTo(8);
    }
  }

  @Test
  void diedRankCostsNoToken() throws Exception {
    try (Harness harness = owned(2)) {
      harness.workers.forEach(worker -> worker.steps.drainPermits());
      List<Client> clients = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        clients.add(harness.ask(Client.question("a", "s" + i, List.of(Client.words(30, i)), 60)));
      }
      harness.workers.forEach(worker -> worker.steps.release(8));
      await().until(() -> clients.stream().allMatch(c -> !c.tokens().isEmpty() || c.finished.isDone()));
      harness.workers.get(1).restart();
      harness.workers.forEach(worker -> worker.steps.release(100_000));
      for (int i = 0; i < 3; i++) {
        clients.get(i).awaitFinished();
        assertThat(clients.get(i).tokens()).isEqualTo(answer("a", List.of(Client.words(30, i)), 60));
      }
      assertThat(harness.counted("clarion.scheduler.replica.resets")).isGreaterThanOrEqualTo(1);
    }
  }

  @Test
  void hungRankIsTreatedAsDead() throws Exception {
    try (Harness harness = new Harness(2, 1024, Harness.LIMITS, Duration.ofSeconds(1))) {
      serve(harness);
      FakeWorker hanging = harness.workers.get(1);
      hanging.steps.drainPermits();
      Client client = harness.ask(Client.question("a", "s", List.of(Client.words(30, 5)), 40));
      await().until(() -> !harness.nodes.getFirst().service.healthy());
      hanging.steps.release(100_000);
      client.awaitFinished();
      assertThat(client.tokens()).isEqualTo(answer("a", List.of(Client.words(30, 5)), 40));
      await().until(() -> harness.nodes.getFirst().service.healthy());
    }
  }

  @Test
  void answerWaitsForTheEmbedding() throws Exception {
    try (Harness harness = owned(2)) {
      List<PromptSegment> prompt = List.of(Client.words(20, 1), Client.image(IMAGE, 8), Client.words(10, 2));
      Client client = harness.ask(Client.question("a", "s", prompt, 12));
      Placed placed = client.placed.get(10, TimeUnit.SECONDS);
      assertThat(placed.getMissingImagesList()).singleElement()
          .satisfies(hash -> assertThat(hash.toByteArray()).isEqualTo(IMAGE));
      Client text = harness.ask(Client.question("a", "text", List.of(Client.words(20, 1)), 5));
      text.awaitFinished();
      assertThat(client.tokens()).isEmpty();
      harness.deliver("a", IMAGE, 8, placed.getEmbeddingDestinationsList());
      client.awaitFinished();
      assertThat(client.tokens()).isEqualTo(answer("a", prompt, 12));

      Client follow = harness.ask(Client.question("a", "s", List.of(Client.words(4, 4)), 5).setContinuesSession(true));
      assertThat(follow.placed.get(10, TimeUnit.SECONDS).getMissingImagesList()).isEmpty();
      assertThat(follow.awaitFinished().getCachedTokens()).isGreaterThanOrEqualTo(38);
    }
  }

  @Test
  void lostEmbeddingComesFromSessionState() throws Exception {
    try (Harness harness = owned(2)) {
      List<PromptSegment> prompt = List.of(Client.image(IMAGE, 8), Client.words(10, 2));
      harness.workers.forEach(worker -> worker.steps.drainPermits());
      Client client = harness.ask(Client.question("a", "s", prompt, 12));
      Placed placed = client.placed.get(10, TimeUnit.SECONDS);
      harness.deliver("a", IMAGE, 8, placed.getEmbeddingDestinationsList());
      harness.workers.forEach(FakeWorker::forgetEmbeddings);
      harness.workers.forEach(worker -> worker.steps.release(100_000));
      client.awaitFinished();
      assertThat(client.tokens()).isEqualTo(answer("a", prompt, 12));

      harness.workers.forEach(FakeWorker::restart);
      await().until(() -> harness.counted("clarion.scheduler.replica.resets") >= 1);
      Client other = harness.ask(Client.question("a", "s2", prompt, 12));
      assertThat(other.placed.get(10, TimeUnit.SECONDS).getMissingImagesList()).isEmpty();
      other.awaitFinished();
      assertThat(other.tokens()).isEqualTo(client.tokens());
    }
  }

  @Test
  void anAnswerEndsWhenItsOwnTimeIsOver() throws Exception {
    SchedulerLimits limits = new SchedulerLimits(64, 16, 1, 8, 8, 32, Duration.ofSeconds(20));
    try (Harness harness = new Harness(1, 1024, limits, Duration.ofSeconds(20))) {
      serve(harness);
      harness.workers.getFirst().steps.drainPermits();
      Client runs = harness.ask(Client.question("a", "s", List.of(Client.words(3, 1)), 5));
      runs.placed.get(10, TimeUnit.SECONDS);
      await().until(() -> harness.registry.get("clarion.scheduler.running").gauge().value() == 1);
      Client waits = harness.ask(Client.question("a", "t", List.of(Client.words(3, 1)), 5).setTimeoutMs(50)
          .setPriority(Priority.PRIORITY_STAT));
      waits.placed.get(10, TimeUnit.SECONDS);
      assertThat(waits.awaitError()).isInstanceOf(ServiceError.DeadlineExceeded.class);
      await().until(() -> harness.registry.get("clarion.scheduler.expired").functionCounter().count() == 1);
      assertThat(harness.ask(Client.question("a", "u", List.of(Client.words(3, 1)), 5).setPriorityValue(7))
          .awaitError().message()).contains("priority 7");
      assertThat(harness.ask(Client.question("a", "u", List.of(Client.words(3, 1)), 5).setTimeoutMs(-1)).awaitError()
          .message()).contains("86400000");
      harness.workers.getFirst().steps.release(1000);
      runs.awaitFinished();
    }
  }

  @Test
  void aReplicaWithLessToDoIsNamedUnlessARedirectLedHere() throws Exception {
    try (Harness harness = owned(1)) {
      announce(harness, "r", "here:1", new Member.Offer(Harness.MODEL, 40, 5000));
      announce(harness, "q", "there:1", new Member.Offer(Harness.MODEL, 0, 0));
      GenerateStart.Builder start = Client.question("a", "s", List.of(Client.words(3, 1)), 5);
      assertThat(harness.ask(start).redirect.get(10, TimeUnit.SECONDS).getEndpoint()).isEqualTo("there:1");
      harness.ask(start.setRouted(true)).awaitFinished();
      Client again = harness.ask(start.setRouted(false));
      again.awaitFinished();
      assertThat(again.tokens()).as("a generation that was begun here is told here").isNotEmpty();
    }
  }

  private static void announce(Harness harness, String replica, String endpoint, Member.Offer offer) {
    harness.nodes.getFirst().cluster.membership().announce(new Member(new MemberId("owner-" + replica),
        Member.Role.SCHEDULER, endpoint, Optional.of(new ReplicaId(replica)), 1, Optional.of(offer)));
  }

  @Test
  void refusalsNameTheirReason() throws Exception {
    SchedulerLimits limits = new SchedulerLimits(64, 16, 1, 2, 1, 32, Duration.ofSeconds(20));
    try (Harness harness = new Harness(1, 1024, limits, Duration.ofSeconds(20))) {
      assertThat(harness.ask(Client.question("a", "s", List.of(Client.words(3, 1)), 5)).redirect
          .get(10, TimeUnit.SECONDS).getEndpoint()).endsWith("elsewhere");
      serve(harness);
      assertThat(harness.ask(Client.question("a", "s", List.of(Client.words(300, 1)), 5)).awaitError())
          .isInstanceOfSatisfying(ServiceError.ContextTooLong.class,
              error -> assertThat(error.message()).contains("300").contains("256"));
      assertThat(harness.ask(Client.question("a", "none", List.of(Client.words(3, 1)), 5).setContinuesSession(true))
          .awaitError().code()).isEqualTo("session_not_found");
      assertThat(harness.ask(Client.question("a", "s", List.of(Client.image(IMAGE, 9)), 5)).awaitError().message())
          .contains("9 positions").contains("8");
      assertThat(harness.ask(Client.question("a", "s", List.of(Client.text(FakeWorker.VOCABULARY)), 5)).awaitError()
          .message()).contains("token id " + FakeWorker.VOCABULARY);
      assertThat(harness.ask(Client.question("a", "s", List.of(), 5)).awaitError().code())
          .isEqualTo("invalid_argument");
      assertThat(harness.ask(Client.question("a", "s", List.of(Client.words(3, 1)), 0)).awaitError().code())
          .isEqualTo("invalid_argument");
      assertThat(harness.ask(Client.question("a", "s", List.of(Client.words(3, 1)), 5).setModel("other")).awaitError()
          .code()).isEqualTo("model_not_found");

      harness.workers.getFirst().steps.drainPermits();
      Client runs = harness.ask(Client.question("a", "s", List.of(Client.words(3, 1)), 5));
      runs.placed.get(10, TimeUnit.SECONDS);
      await().until(() -> harness.registry.get("clarion.scheduler.running").gauge().value() == 1);
      assertThat(harness.ask(Client.question("a", "s", List.of(Client.words(3, 1)), 5).setContinuesSession(true))
          .awaitError().code()).isEqualTo("session_busy");
      Client queued = harness.ask(Client.question("a", "s2", List.of(Client.words(3, 1)), 5));
      queued.placed.get(10, TimeUnit.SECONDS);
      assertThat(harness.ask(Client.question("a", "s3", List.of(Client.words(3, 1)), 5)).awaitError())
          .isInstanceOfSatisfying(ServiceError.Overloaded.class,
              error -> assertThat(error.retryAfter()).isGreaterThanOrEqualTo(Duration.ofSeconds(1)));
      harness.ask(Client.question("b", "s3", List.of(Client.words(3, 1)), 5)).placed.get(10, TimeUnit.SECONDS);
      harness.workers.getFirst().steps.release(10_000);
      runs.awaitFinished();
      queued.awaitFinished();
      assertThat(harness.ask(Client.question("b", "s", List.of(Client.words(3, 1)), 5).setContinuesSession(true))
          .awaitError().code()).as("another clinic's session").isEqualTo("session_not_found");
    }
  }

  @Test
  void slowReaderHoldsNobodyUp() throws Exception {
    try (Harness harness = owned(1)) {
      List<PromptSegment> prompt = List.of(Client.words(10, 8));
      Client slow = Client.start(harness.scheduler(), Client.question("a", "slow", prompt, 200).build(), false);
      slow.placed.get(10, TimeUnit.SECONDS);
      Client quick = harness.ask(Client.question("b", "quick", List.of(Client.words(10, 9)), 200));
      quick.awaitFinished();
      await().untilAsserted(() -> assertThat(session(harness, "a", "slow").getTurns()).isEqualTo(1));
      slow.request(1000);
      slow.awaitFinished();
      assertThat(slow.tokens()).isEqualTo(answer("a", prompt, 200));
    }
  }

  @Test
  void higherEpochTakesOver() throws Exception {
    try (Harness harness = owned(2)) {
      Harness.Node first = harness.nodes.getFirst();
      Harness.Node second = harness.addNode();
      assertThat(harness.own(second)).as("the lease is held").isFalse();
      harness.workers.forEach(worker -> worker.steps.drainPermits());
      var start = Client.question("a", "s", List.of(Client.words(10, 3)), 40);
      Client client = harness.ask(start);
      harness.workers.forEach(worker -> worker.steps.release(6));
      await().until(() -> client.tokens().size() >= 2);

      first.cluster.leases().release(first.cluster.leases().find(new org.clarion.scheduler.api.ReplicaId("r"))
          .orElseThrow());
      assertThat(harness.own(second)).isTrue();
      harness.workers.forEach(worker -> worker.steps.release(100_000));
      assertThat(client.awaitError().code()).isEqualTo("unavailable");
      await().until(() -> harness.ask(Client.question("a", "x", List.of(Client.words(1, 1)), 1)).redirect
          .handle((value, error) -> error == null).get(10, TimeUnit.SECONDS));

      Client resumed = Client.start(harness.channel(second.name), start.build());
      resumed.awaitFinished();
      assertThat(resumed.tokens()).isEqualTo(answer("a", List.of(Client.words(10, 3)), 40));
      assertThat(resumed.tokens()).startsWith(client.tokens().toArray(Integer[]::new));
    }
  }
}
