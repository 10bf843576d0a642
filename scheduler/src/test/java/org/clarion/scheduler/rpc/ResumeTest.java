package org.clarion.scheduler.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.clarion.proto.v1.Attached;
import org.clarion.proto.v1.FinishReason;
import org.clarion.proto.v1.Finished;
import org.clarion.proto.v1.GenerateStart;
import org.clarion.proto.v1.Placed;
import org.clarion.proto.v1.PromptSegment;
import org.clarion.scheduler.api.GenerationId;
import org.clarion.scheduler.api.GenerationKey;
import org.clarion.scheduler.api.GenerationRecord;
import org.clarion.scheduler.api.ReplicaId;
import org.clarion.scheduler.api.SessionId;
import org.clarion.scheduler.api.SessionKey;
import org.clarion.scheduler.api.TenantId;
import org.clarion.scheduler.api.TokenLog;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Answers that outlive a reader's call, and their scheduler. */
@Timeout(120)
class ResumeTest {
  private static final int LENGTH = 24;

  private static Harness owned() throws Exception {
    return owned(new Harness(1, 1024, Harness.LIMITS, Duration.ofSeconds(20)));
  }

  private static Harness owned(Harness harness) {
    own(harness, harness.nodes.getFirst());
    harness.workers.forEach(worker -> worker.steps.release(100_000));
    return harness;
  }

  private static void own(Harness harness, Harness.Node node) {
    assertThat(harness.own(node)).isTrue();
    await().until(() -> {
      // A rank that waits within a step does not open another epoch.
      harness.workers.forEach(worker -> worker.steps.release(1));
      return node.service.offer().isPresent();
    });
    harness.workers.forEach(worker -> worker.steps.drainPermits());
  }

  /** Without a stop token, so that every answer has its whole length. */
  private static GenerateStart question(String session, PromptSegment... prompt) {
    return Client.question("a", session, List.of(prompt), LENGTH).clearStopTokenIds().build();
  }

  private static List<Integer> answer(GenerateStart start, List<Integer> before) {
    List<Integer> known = new ArrayList<>(before);
    start.getSegmentsList().forEach(segment -> known.addAll(segment.getTokens().getIdsList()));
    List<Integer> answer = new ArrayList<>();
    while (answer.size() < start.getMaxTokens()) {
      int next = FakeWorker.next(known);
      known.add(next);
      answer.add(next);
    }
    return answer;
  }

  private static GenerationKey key(GenerateStart start) {
    return new GenerationKey(new TenantId(start.getTenant()), new GenerationId(start.getGenerationId()));
  }

  /** The scheduler dies without a word: its lease is free at once, and somebody else has it. */
  private static Harness.Node replaced(Harness harness, Harness.Node old) throws Exception {
    Harness.Node next = harness.addNode();
    old.cluster.leases().release(old.cluster.leases().find(old.replica).orElseThrow());
    old.service.disown();
    own(harness, next);
    return next;
  }

  private static Client until(Client client, int tokens) {
    await().until(() -> client.tokens().size() >= tokens || client.finished.isDone());
    return client;
  }

  @Test
  void aReaderComesBackAtEveryToken() throws Exception {
    try (Harness harness = owned()) {
      GenerateStart start = question("s", Client.words(10, 1));
      List<Integer> whole = answer(start, List.of());
      harness.workers.getFirst().steps.drainPermits();
      Client reader = Client.start(harness.scheduler(), start);
      reader.placed.get(10, TimeUnit.SECONDS);
      for (int have = 0; have < LENGTH; have++) {
        reader.disconnect();
        reader = have % 2 == 0
            ? Client.attach(harness.scheduler(), start, have)
            : Client.start(harness.scheduler(), start.toBuilder().setFirstIndex(have).build());
        harness.workers.getFirst().steps.release(have == 0 ? 2 : 1);
        until(reader, 1);
        assertThat(reader.tokens()).isEqualTo(whole.subList(have, have + reader.tokens().size())).isNotEmpty();
      }
      harness.workers.getFirst().steps.release(1000);
      assertThat(reader.awaitFinished().getReason()).isEqualTo(FinishReason.FINISH_REASON_LENGTH);
      assertThat(harness.counted("clarion.generation.tokens")).as("nothing was computed twice").isEqualTo(LENGTH);
    }
  }

  @Test
  void anEndedAnswerIsToldAgainFromItsLog() throws Exception {
    try (Harness harness = owned()) {
      GenerateStart start = question("s", Client.words(10, 2));
      Client first = Client.start(harness.scheduler(), start);
      Finished end = first.awaitFinished();
      for (int from = 0; from <= LENGTH; from++) {
        Client again = Client.attach(harness.scheduler(), start, from);
        assertThat(again.awaitFinished()).isEqualTo(end);
        assertThat(again.tokens()).isEqualTo(first.tokens().subList(from, LENGTH));
        Attached attached = again.attached.get();
        assertThat(attached.getEnded()).isTrue();
        assertThat(attached.getCommitted()).isEqualTo(LENGTH);
        assertThat(attached.getStart().getSessionId()).isEqualTo("s");
        assertThat(attached.getStart().getSegmentsCount()).isZero();
      }
      assertThat(Client.attach(harness.scheduler(), start, LENGTH + 1).awaitError().code())
          .isEqualTo("generation_lost");
      assertThat(Client.attach(harness.scheduler(), start.toBuilder().setTenant("b").build(), 0).awaitError().code())
          .as("another clinic").isEqualTo("generation_not_found");
      assertThat(Client.start(harness.scheduler(), start.toBuilder().setMaxTokens(9).build()).awaitError().code())
          .isEqualTo("generation_exists");
      harness.nodes.getFirst().cluster.tokenLog().expire(key(start));
      Client late = Client.attach(harness.scheduler(), start, 3);
      assertThat(late.attached.get(10, TimeUnit.SECONDS).getExpired()).isTrue();
      assertThat(late.attached.get().getStart().getSessionId()).isEqualTo("s");
    }
  }

  @Test
  void anotherOwnerGoesOnWithTheSecondTurnOfASession() throws Exception {
    try (Harness harness = owned()) {
      GenerateStart first = question("s", Client.words(10, 3));
      Client.start(harness.scheduler(), first).awaitFinished();
      List<Integer> known = new ArrayList<>(first.getSegments(0).getTokens().getIdsList());
      known.addAll(answer(first, List.of()));

      GenerateStart second = question("s", Client.words(5, 4)).toBuilder().setContinuesSession(true).build();
      List<Integer> whole = answer(second, known);
      harness.workers.getFirst().steps.drainPermits();
      Client reader = Client.start(harness.scheduler(), second);
      harness.workers.getFirst().steps.release(4);
      until(reader, 2);
      int have = reader.tokens().size();
      Harness.Node next = replaced(harness, harness.nodes.getFirst());
      assertThat(reader.awaitError().code()).isIn("unavailable", "stale_epoch");
      Client resumed = Client.start(harness.channel(next.name), second.toBuilder().setFirstIndex(have).build());
      Client other = Client.attach(harness.channel(next.name), second, 0);
      harness.workers.getFirst().steps.release(1000);
      resumed.awaitFinished();
      assertThat(resumed.tokens()).isEqualTo(whole.subList(have, LENGTH));
      other.awaitFinished();
      assertThat(other.tokens()).isEqualTo(whole);

      known.addAll(second.getSegments(0).getTokens().getIdsList());
      known.addAll(whole);
      GenerateStart third = question("s", Client.words(2, 5)).toBuilder().setContinuesSession(true).build();
      Client last = Client.start(harness.channel(next.name), third);
      last.awaitFinished();
      assertThat(last.tokens()).isEqualTo(answer(third, known));
    }
  }

  @Test
  void anAnswerIsTakenUpFromSharedStateAlone() throws Exception {
    try (Harness harness = owned()) {
      GenerateStart start = question("s", Client.words(10, 6));
      harness.workers.getFirst().steps.drainPermits();
      Client reader = Client.start(harness.scheduler(), start);
      harness.workers.getFirst().steps.release(5);
      until(reader, 3);
      Harness.Node next = replaced(harness, harness.nodes.getFirst());
      harness.workers.getFirst().steps.release(1000);
      Client other = Client.attach(harness.channel(next.name), start, 0);
      other.awaitFinished();
      assertThat(other.tokens()).isEqualTo(answer(start, List.of()));
      assertThat(Client.attach(harness.scheduler(), start, 0).redirect.get(10, TimeUnit.SECONDS).getEndpoint())
          .endsWith("elsewhere");
    }
  }

  @Test
  void anEndThatItsOwnerDidNotLiveToKeepIsKept() throws Exception {
    try (Harness harness = owned()) {
      var cluster = harness.nodes.getFirst().cluster;
      GenerateStart start = question("s", Client.words(10, 7));
      cluster.generations().put(key(start), new GenerationRecord(start.toByteArray(), new ReplicaId("r"), 0,
          Instant.now()));
      cluster.tokenLog().append(1, List.of(new TokenLog.Entry(key(start), 0, new int[]{5, 6, 7},
          new TokenLog.Ending("STOP", 10, 4, 2))));
      Client reader = Client.start(harness.scheduler(), start);
      Finished end = reader.awaitFinished();
      assertThat(reader.tokens()).containsExactly(5, 6, 7);
      assertThat(end.getCachedTokens()).isEqualTo(4);
      assertThat(end.getCompletionTokens()).isEqualTo(2);
      var session = cluster.sessions().find(new SessionKey(new TenantId("a"), new SessionId("s"))).orElseThrow();
      assertThat(session.length()).isEqualTo(12);
      assertThat(session.turns()).isEqualTo(1);
      Client.attach(harness.scheduler(), start, 0).awaitFinished();
      assertThat(cluster.sessions().find(new SessionKey(new TenantId("a"), new SessionId("s")))).contains(session);
    }
  }

  @Test
  void anotherReplicaTakesOverWhatNobodyDrives() throws Exception {
    try (Harness harness = owned()) {
      Harness.Node other = harness.addReplica("r2");
      own(harness, other);
      // So that the log is of a higher epoch than the other replica's.
      Harness.Node owner = replaced(harness, harness.nodes.getFirst());
      GenerateStart start = question("s", Client.words(10, 8));
      Client reader = Client.start(harness.channel(owner.name), start);
      harness.workers.getFirst().steps.release(5);
      until(reader, 2);
      int have = reader.tokens().size();
      Client early = Client.start(harness.channel(other.name), start.toBuilder().setFirstIndex(have).build());
      early.redirect.get(10, TimeUnit.SECONDS);

      owner.cluster.leases().release(owner.cluster.leases().find(owner.replica).orElseThrow());
      owner.service.disown();
      harness.workers.forEach(worker -> worker.steps.release(1000));
      List<Client> tries = new ArrayList<>();
      await().until(() -> {
        Client next = Client.start(harness.channel(other.name), start.toBuilder().setFirstIndex(have).build());
        tries.add(next);
        return next.placed.handle((placed, error) -> error == null).get(10, TimeUnit.SECONDS);
      });
      tries.getLast().awaitFinished();
      assertThat(tries.getLast().tokens()).isEqualTo(answer(start, List.of()).subList(have, LENGTH));
    }
  }

  @Test
  void anotherReplicaTakesOverFromAnOwnerWhoseRanksStayAway() throws Exception {
    try (Harness harness = owned()) {
      Harness.Node other = harness.addReplica("r2");
      own(harness, other);
      Harness.Node owner = harness.nodes.getFirst();
      harness.announce();
      GenerateStart start = question("s", Client.words(10, 8)).toBuilder().setRouted(true).build();
      harness.workers.getFirst().steps.drainPermits();
      Client reader = Client.start(harness.channel(owner.name), start);
      harness.workers.getFirst().steps.release(5);
      until(reader, 2);
      harness.workers.getFirst().die();
      harness.workers.forEach(worker -> worker.steps.release(1000));
      assertThat(reader.awaitError().code()).isEqualTo("unavailable");
      int have = reader.tokens().size();
      harness.announce();
      Client sent = Client.attach(harness.channel(owner.name), start, have);
      assertThat(sent.redirect.get(10, TimeUnit.SECONDS).getEndpoint()).isEqualTo(other.name);
      List<Client> tries = new ArrayList<>();
      await().atMost(Duration.ofSeconds(30)).until(() -> {
        Client next = Client.start(harness.channel(other.name), start.toBuilder().setFirstIndex(have).build());
        tries.add(next);
        return CompletableFuture.anyOf(next.placed, next.redirect).handle((answer, _) -> answer instanceof Placed)
            .get(10, TimeUnit.SECONDS);
      });
      tries.getLast().awaitFinished();
      assertThat(tries.getLast().tokens()).isEqualTo(answer(start, List.of()).subList(have, LENGTH));

      other.service.disown();
      await().until(() -> other.service.offer().isEmpty());
      harness.announce();
      assertThat(Client.start(harness.channel(owner.name), question("t", Client.words(10, 9))).awaitError().code())
          .as("nobody has ranks now").isEqualTo("unavailable");
    }
  }

  @Test
  void anErasedTenantsAnswersEndAndOthersGoOn() throws Exception {
    try (Harness harness = owned()) {
      GenerateStart erased = question("s", Client.words(10, 20));
      GenerateStart other = Client.question("b", "s", List.of(Client.words(10, 21)), LENGTH).clearStopTokenIds()
          .build();
      harness.workers.getFirst().steps.drainPermits();
      Client mine = Client.start(harness.scheduler(), erased);
      Client theirs = Client.start(harness.scheduler(), other);
      harness.workers.getFirst().steps.release(6);
      until(mine, 2);
      until(theirs, 2);
      harness.nodes.getFirst().cluster.tenants().erase(new TenantId("a"));
      harness.workers.getFirst().steps.release(1000);
      assertThat(mine.awaitError().code()).isEqualTo("tenant_erased");
      theirs.awaitFinished();
      assertThat(theirs.tokens()).isEqualTo(answer(other, List.of()));
      assertThat(Client.start(harness.scheduler(), question("t", Client.words(10, 22))).awaitError().code())
          .isEqualTo("tenant_erased");
      harness.nodes.getFirst().cluster.tenants().admit(new TenantId("a"));
      Client again = Client.start(harness.scheduler(), question("s", Client.words(10, 20)));
      assertThat(again.awaitFinished().getCachedTokens()).as("what was computed is forgotten").isZero();
    }
  }

  @Test
  void aStopFromElsewhereEndsItForAllReaders() throws Exception {
    try (Harness harness = owned()) {
      GenerateStart start = question("s", Client.words(10, 9));
      harness.workers.getFirst().steps.drainPermits();
      Client reader = Client.start(harness.scheduler(), start);
      harness.workers.getFirst().steps.release(4);
      until(reader, 2);
      Client stops = Client.attach(harness.scheduler(), start, 0);
      stops.attached.get(10, TimeUnit.SECONDS);
      stops.cancelMessage();
      assertThat(reader.awaitFinished().getReason()).isEqualTo(FinishReason.FINISH_REASON_CANCELLED);
      assertThat(stops.awaitFinished()).isEqualTo(reader.awaitFinished());
      assertThat(stops.tokens()).isEqualTo(reader.tokens());
    }
  }

  @Test
  void whoeverComesBackWithinTheGraceKeepsItRunning() throws Exception {
    Duration grace = Duration.ofMillis(500);
    try (Harness harness = owned(new Harness(1, 1024, Harness.LIMITS, Duration.ofSeconds(20), grace))) {
      GenerateStart start = question("s", Client.words(10, 10));
      harness.workers.getFirst().steps.drainPermits();
      Client first = Client.start(harness.scheduler(), start);
      first.placed.get(10, TimeUnit.SECONDS);
      first.disconnect();
      Client second = Client.attach(harness.scheduler(), start, 0);
      second.attached.get(10, TimeUnit.SECONDS);
      Client waits = harness.ask(Client.question("a", "other", List.of(Client.words(3, 1)), 1));
      harness.workers.getFirst().steps.release(12);
      waits.awaitFinished();
      second.disconnect();
      SessionKey session = new SessionKey(new TenantId("a"), new SessionId("s"));
      await().until(() -> harness.nodes.getFirst().cluster.sessions().find(session).isPresent());
      assertThat(Client.attach(harness.scheduler(), start, 0).awaitFinished().getReason())
          .isEqualTo(FinishReason.FINISH_REASON_CANCELLED);
    }
  }

  @Test
  void imagesComeFromSessionStateOrAreMissed() throws Exception {
    byte[] image = new byte[32];
    image[3] = 7;
    try (Harness harness = owned()) {
      List<PromptSegment> prompt = List.of(Client.image(image, 8), Client.words(10, 2));
      GenerateStart start = question("s", prompt.toArray(PromptSegment[]::new));
      harness.workers.getFirst().steps.drainPermits();
      Client reader = Client.start(harness.scheduler(), start);
      Placed placed = reader.placed.get(10, TimeUnit.SECONDS);
      Harness.Node second = replaced(harness, harness.nodes.getFirst());
      assertThat(reader.awaitError().code()).isIn("unavailable", "stale_epoch");
      assertThat(Client.attach(harness.channel(second.name), start, 0).awaitError().code()).isEqualTo("image_lost");
      Client again = Client.start(harness.channel(second.name), start);
      assertThat(again.placed.get(10, TimeUnit.SECONDS).getMissingImagesList()).isEqualTo(placed
          .getMissingImagesList());
      harness.deliver("a", image, 8, again.placed.get().getEmbeddingDestinationsList());
      harness.workers.getFirst().steps.release(4);
      until(again, 2);
      Harness.Node third = replaced(harness, second);
      harness.workers.getFirst().steps.release(1000);
      Client last = Client.attach(harness.channel(third.name), start, again.tokens().size());
      last.awaitFinished();
      assertThat(again.tokens()).isNotEmpty();
      assertThat(again.tokens().size() + last.tokens().size()).isEqualTo(LENGTH);
    }
  }

  @Test
  void theOldestOfTooManyReadersGivesWay() throws Exception {
    try (Harness harness = owned()) {
      GenerateStart start = question("s", Client.words(10, 11));
      harness.workers.getFirst().steps.drainPermits();
      Client first = Client.start(harness.scheduler(), start);
      first.placed.get(10, TimeUnit.SECONDS);
      List<Client> more = new ArrayList<>();
      for (int i = 0; i < Tape.MAX_READERS; i++) {
        more.add(Client.attach(harness.scheduler(), start, 0));
        more.getLast().attached.get(10, TimeUnit.SECONDS);
      }
      assertThat(first.awaitError().code()).isEqualTo("cancelled");
      harness.workers.getFirst().steps.release(1000);
      for (Client one : more) {
        one.awaitFinished();
        assertThat(one.tokens()).isEqualTo(answer(start, List.of()));
      }
    }
  }
}
