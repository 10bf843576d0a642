package org.clarion.scheduler.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.clarion.scheduler.api.AppendRefusedException;
import org.clarion.scheduler.api.AppendRefusedException.Refusal;
import org.clarion.scheduler.api.ClusterState;
import org.clarion.scheduler.api.EmbeddingKey;
import org.clarion.scheduler.api.GenerationId;
import org.clarion.scheduler.api.GenerationKey;
import org.clarion.scheduler.api.GenerationRecord;
import org.clarion.scheduler.api.ImageHash;
import org.clarion.scheduler.api.Lease;
import org.clarion.scheduler.api.LeaseTable.Answer;
import org.clarion.scheduler.api.Member;
import org.clarion.scheduler.api.MemberId;
import org.clarion.scheduler.api.OwnerId;
import org.clarion.scheduler.api.ReplicaId;
import org.clarion.scheduler.api.Run;
import org.clarion.scheduler.api.ServiceReport;
import org.clarion.scheduler.api.ServiceReport.Given;
import org.clarion.scheduler.api.SessionId;
import org.clarion.scheduler.api.SessionKey;
import org.clarion.scheduler.api.SessionRecord;
import org.clarion.scheduler.api.SessionStore.Update;
import org.clarion.scheduler.api.StoredEmbedding;
import org.clarion.scheduler.api.StoredEmbedding.ElementKind;
import org.clarion.scheduler.api.TenantErasedException;
import org.clarion.scheduler.api.TenantId;
import org.clarion.scheduler.api.TokenLog.Committed;
import org.clarion.scheduler.api.TokenLog.Ending;
import org.clarion.scheduler.api.TokenLog.Entry;
import org.junit.jupiter.api.Test;

/**
 * What every implementation of the shared state does, seen from two members. Tests share the state: each uses own ids.
 */
abstract class ClusterStateContract {
  static final Instant NOW = Instant.parse("2026-03-01T10:00:00Z");
  static final Duration SESSION_IDLE = Duration.ofMinutes(30);
  static final Duration LOG_RETENTION = Duration.ofMinutes(10);
  private static final Ending ENDING = new Ending("LENGTH", 7, 5, 2);
  private static final AtomicInteger IDS = new AtomicInteger();

  /** One member. */
  abstract ClusterState one();

  /** Another member of the same cluster. */
  abstract ClusterState two();

  /** How long the session stays from now on if nobody touches it; looking does not count as a touch. */
  abstract Duration sessionLife(SessionKey key);

  /** How long the log stays from its last write on. */
  abstract Duration logLife(GenerationKey key);

  /** How long the embedding stays, counted from its last put or prolongation. */
  abstract Duration embeddingLife(EmbeddingKey key);

  static String fresh(String kind) {
    return kind + "-" + IDS.incrementAndGet();
  }

  static SessionKey session() {
    return new SessionKey(new TenantId("clinic-a"), new SessionId(fresh("session")));
  }

  static GenerationKey generation() {
    return new GenerationKey(new TenantId("clinic-a"), new GenerationId(fresh("generation")));
  }

  static EmbeddingKey embeddingKey() {
    return new EmbeddingKey(new TenantId("clinic-a"), new ImageHash("%064x".formatted(IDS.incrementAndGet())));
  }

  static SessionRecord record() {
    return SessionRecord.first("tiny",
        List.of(new Run.Tokens(new int[]{1, 300, 128_000}), new Run.Image(new ImageHash("ab".repeat(32)), 32)), 0, NOW);
  }

  static Entry entry(GenerationKey key, int first, int... tokens) {
    return new Entry(key, first, tokens, null);
  }

  static <T> T done(CompletionStage<T> stage) {
    return stage.toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
  }

  static List<Refusal> refusals(CompletionStage<?> stage) {
    try {
      done(stage);
      return List.of();
    } catch (CompletionException e) {
      if (e.getCause() instanceof AppendRefusedException refused) {
        return refused.refusals();
      }
      throw e;
    }
  }

  private static Lease granted(Answer answer) {
    assertThat(answer).isInstanceOf(Answer.Granted.class);
    return ((Answer.Granted) answer).lease();
  }

  @Test
  void aSessionOfOneMemberIsReadByAnother() {
    SessionKey key = session();
    assertThat(one().sessions().find(key)).isEmpty();
    assertThat(one().sessions().create(key, record())).isTrue();
    assertThat(two().sessions().find(key)).contains(record());
    assertThat(two().sessions().create(key, record())).isFalse();
    two().sessions().remove(key);
    assertThat(one().sessions().find(key)).isEmpty();
  }

  @Test
  void theRequestOfAGenerationIsKnownToAllMembersAndToItsTenantOnly() {
    GenerationKey key = generation();
    assertThat(one().generations().find(key)).isEmpty();
    GenerationRecord first = new GenerationRecord(new byte[]{1, 2, -3}, new ReplicaId("r1"), 4, NOW);
    one().generations().put(key, first);
    assertThat(two().generations().find(key)).contains(first);
    two().generations().put(key, first.at(new ReplicaId("r2")));
    assertThat(one().generations().find(key)).contains(new GenerationRecord(new byte[]{1, 2, -3}, new ReplicaId("r2"),
        4, NOW));
    assertThat(one().generations().find(new GenerationKey(new TenantId("clinic-b"), key.id()))).isEmpty();
    assertThat(first.toString()).doesNotContain("-3");
  }

  @Test
  void aSessionUpdateNeedsTheVersionBefore() {
    SessionKey key = session();
    SessionRecord first = record();
    one().sessions().create(key, first);
    SessionRecord second = first.next(List.of(new Run.Tokens(new int[]{7})), 1, NOW.plusSeconds(1));
    SessionRecord other = first.next(List.of(new Run.Tokens(new int[]{8})), 1, NOW.plusSeconds(1));
    assertThat(two().sessions().update(key, second)).isEqualTo(Update.DONE);
    assertThat(one().sessions().update(key, second)).as("a repetition").isEqualTo(Update.DONE);
    assertThat(one().sessions().update(key, other)).isEqualTo(Update.CONFLICT);
    assertThat(one().sessions().find(key)).contains(second);
    assertThat(one().sessions().update(session(), second)).isEqualTo(Update.ABSENT);
  }

  @Test
  void concurrentUpdatesOfASessionGiveOneWinner() throws Exception {
    SessionKey key = session();
    SessionRecord first = record();
    one().sessions().create(key, first);
    List<Update> updates = together(8, i -> (i % 2 == 0 ? one() : two()).sessions().update(key,
        first.next(List.of(new Run.Tokens(new int[]{i})), 1, NOW)));
    assertThat(updates).containsOnlyOnce(Update.DONE).contains(Update.CONFLICT);
  }

  @Test
  void aSessionStaysForItsIdleTimeAfterCreationUseAndUpdate() {
    SessionKey key = session();
    one().sessions().create(key, record());
    assertThat(sessionLife(key)).isEqualTo(SESSION_IDLE);
    one().sessions().update(key, record().next(List.of(), 1, NOW));
    assertThat(sessionLife(key)).isEqualTo(SESSION_IDLE);
    two().sessions().find(key);
    assertThat(sessionLife(key)).isEqualTo(SESSION_IDLE);
  }

  @Test
  void tenantsDoNotSeeEachOther() {
    SessionKey mine = session();
    SessionKey theirs = new SessionKey(new TenantId("clinic-b"), mine.id());
    one().sessions().create(mine, record());
    assertThat(one().sessions().find(theirs)).isEmpty();
    assertThat(one().sessions().create(theirs, record())).isTrue();

    GenerationKey myLog = generation();
    done(one().tokenLog().append(5, List.of(entry(myLog, 0, 1))));
    assertThat(done(one().tokenLog().read(new GenerationKey(new TenantId("clinic-b"), myLog.id()), 0))).isEmpty();

    EmbeddingKey myImage = embeddingKey();
    one().embeddings().put(myImage, embedding(), Duration.ofMinutes(1));
    assertThat(one().embeddings().get(new EmbeddingKey(new TenantId("clinic-b"), myImage.image()))).isEmpty();
  }

  @Test
  void tokensOfManyGenerationsAreAppendedInOneBatch() {
    GenerationKey a = generation();
    GenerationKey b = generation();
    done(one().tokenLog().append(3, List.of(entry(a, 0, 10), entry(b, 0, 20, 21))));
    done(one().tokenLog().append(3, List.of(entry(a, 1, 11), new Entry(b, 2, new int[]{22}, ENDING))));
    assertThat(done(two().tokenLog().read(a, 0))).contains(new Committed(3, 0, new int[]{10, 11}, null));
    assertThat(done(two().tokenLog().read(b, 0))).contains(new Committed(3, 0, new int[]{20, 21, 22}, ENDING));
    assertThat(done(two().tokenLog().read(b, 2))).contains(new Committed(3, 2, new int[]{22}, ENDING));
    assertThat(done(two().tokenLog().read(b, 9))).contains(new Committed(3, 3, new int[0], ENDING));
    done(one().tokenLog().expire(a));
    assertThat(done(two().tokenLog().read(a, 0))).isEmpty();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> one().tokenLog().append(3, List.of(entry(a, 0, 1), entry(a, 1, 2))));
  }

  @Test
  void aStaleEpochIsRefused() {
    GenerationKey key = generation();
    done(one().tokenLog().append(7, List.of(entry(key, 0, 1))));
    done(two().tokenLog().append(8, List.of(entry(key, 1, 2))));
    assertThat(refusals(one().tokenLog().append(7, List.of(entry(key, 2, 3)))))
        .containsExactly(new Refusal.StaleEpoch(key, 7, 8));
    assertThat(refusals(one().tokenLog().claim(7, key))).containsExactly(new Refusal.StaleEpoch(key, 7, 8));
  }

  @Test
  void aClaimFencesTheOlderOwnerAndAnswersWhatIsCommitted() {
    GenerationKey key = generation();
    done(one().tokenLog().append(7, List.of(entry(key, 0, 1, 2))));
    assertThat(done(two().tokenLog().claim(9, key))).isEqualTo(new Committed(9, 0, new int[]{1, 2}, null));
    assertThat(refusals(one().tokenLog().append(7, List.of(entry(key, 2, 3)))))
        .containsExactly(new Refusal.StaleEpoch(key, 7, 9));
    done(two().tokenLog().append(9, List.of(entry(key, 2, 4))));
    assertThat(done(two().tokenLog().claim(9, generation()))).isEqualTo(new Committed(9, 0, new int[0], null));
  }

  @Test
  void aGapIsRefusedAndTheRestOfTheBatchStored() {
    GenerationKey a = generation();
    GenerationKey b = generation();
    assertThat(refusals(one().tokenLog().append(1, List.of(entry(a, 1, 5), entry(b, 0, 6)))))
        .containsExactly(new Refusal.WrongIndex(a, 1, 0));
    assertThat(done(one().tokenLog().read(b, 0))).contains(new Committed(1, 0, new int[]{6}, null));
    assertThat(done(one().tokenLog().read(a, 0))).isEmpty();
  }

  @Test
  void aRepetitionIsHarmlessAndAnotherTextInItsPlaceRefused() {
    GenerationKey key = generation();
    done(one().tokenLog().append(1, List.of(entry(key, 0, 1, 2))));
    done(one().tokenLog().append(1, List.of(entry(key, 2, 3))));
    done(one().tokenLog().append(1, List.of(entry(key, 0, 1, 2))));
    done(two().tokenLog().append(1, List.of(entry(key, 2, 3))));
    assertThat(refusals(one().tokenLog().append(1, List.of(entry(key, 2, 4)))))
        .containsExactly(new Refusal.WrongIndex(key, 2, 3));
    assertThat(refusals(one().tokenLog().append(1, List.of(entry(key, 2, 3, 4)))))
        .containsExactly(new Refusal.WrongIndex(key, 2, 3));
    assertThat(done(one().tokenLog().read(key, 0))).contains(new Committed(1, 0, new int[]{1, 2, 3}, null));
  }

  @Test
  void nothingFollowsTheEnd() {
    GenerationKey key = generation();
    done(one().tokenLog().append(1, List.of(entry(key, 0, 1))));
    done(one().tokenLog().append(1, List.of(new Entry(key, 1, new int[0], ENDING))));
    done(one().tokenLog().append(1, List.of(new Entry(key, 1, new int[0], ENDING))));
    assertThat(refusals(two().tokenLog().append(2, List.of(entry(key, 1, 2)))))
        .containsExactly(new Refusal.AlreadyFinished(key, 1));
  }

  @Test
  void aLogStaysForItsRetentionAfterTheLastWrite() {
    GenerationKey key = generation();
    done(one().tokenLog().append(1, List.of(entry(key, 0, 1))));
    assertThat(logLife(key)).isEqualTo(LOG_RETENTION);
    done(one().tokenLog().append(1, List.of(entry(key, 1, 1))));
    assertThat(logLife(key)).isEqualTo(LOG_RETENTION);
    done(one().tokenLog().claim(2, key));
    assertThat(logLife(key)).isEqualTo(LOG_RETENTION);
  }

  @Test
  void aLeaseIsTakenOnlyByWhoSawItStandStill() {
    ReplicaId replica = new ReplicaId(fresh("replica"));
    OwnerId a = new OwnerId("owner-a");
    OwnerId b = new OwnerId("owner-b");
    Lease first = granted(one().leases().acquire(replica, a, 50_000, null));
    assertThat(first.epoch()).isEqualTo(50_000);
    assertThat(two().leases().acquire(replica, b, 0, null)).isEqualTo(new Answer.Refused(Optional.of(first)));
    Lease longer = granted(one().leases().renew(first));
    assertThat(longer.epoch()).isEqualTo(first.epoch());
    assertThat(longer.unchanged(first)).isFalse();
    assertThat(two().leases().acquire(replica, b, 99, first)).as("it was renewed since")
        .isEqualTo(new Answer.Refused(Optional.of(longer)));

    Lease taken = granted(two().leases().acquire(replica, b, 0, longer));
    assertThat(taken.epoch()).isGreaterThan(first.epoch());
    assertThat(one().leases().renew(longer)).isEqualTo(new Answer.Refused(Optional.of(taken)));
    one().leases().release(longer);
    assertThat(one().leases().find(replica)).as("release of a lost lease does nothing").contains(taken);
  }

  @Test
  void anEpochRisesThroughReleaseRepetitionAndClocksThatGoBack() {
    ReplicaId replica = new ReplicaId(fresh("replica"));
    OwnerId a = new OwnerId("owner-a");
    Lease first = granted(one().leases().acquire(replica, a, NOW.toEpochMilli(), null));
    Lease again = granted(one().leases().acquire(replica, a, NOW.toEpochMilli(), null));
    assertThat(again.epoch()).isGreaterThan(first.epoch());
    two().leases().release(again);
    assertThat(one().leases().find(replica)).isEmpty();
    assertThat(one().leases().renew(again)).isEqualTo(new Answer.Refused(Optional.empty()));
    Lease past = granted(two().leases().acquire(replica, new OwnerId("owner-b"), NOW.toEpochMilli() - 60_000, null));
    assertThat(past.epoch()).isGreaterThan(again.epoch());
  }

  @Test
  void aLeaseThatNobodyTookIsRenewed() {
    ReplicaId replica = new ReplicaId(fresh("replica"));
    Lease lease = granted(one().leases().acquire(replica, new OwnerId("owner-a"), 1, null));
    Lease renewed = granted(one().leases().renew(lease));
    assertThat(renewed).isEqualTo(new Lease(replica, lease.owner(), lease.epoch(), lease.beat() + 1));
    assertThat(two().leases().find(replica)).contains(renewed);
  }

  @Test
  void concurrentAcquiresGiveOneWinner() throws Exception {
    ReplicaId replica = new ReplicaId(fresh("replica"));
    List<Answer> answers = together(8,
        i -> (i % 2 == 0 ? one() : two()).leases().acquire(replica, new OwnerId("owner-" + i), 1, null));
    assertThat(answers).filteredOn(a -> a instanceof Answer.Granted).hasSize(1);
  }

  @Test
  void announcementsAreSeenByAllAndTheHigherEpochOwns() {
    ReplicaId replica = new ReplicaId(fresh("replica"));
    MemberId oldOwner = new MemberId(fresh("member"));
    MemberId newOwner = new MemberId(fresh("member"));
    List<List<Member>> told = new CopyOnWriteArrayList<>();
    try (var _ = two().membership().listen(told::add)) {
      one().membership()
          .announce(new Member(oldOwner, Member.Role.SCHEDULER, "127.0.0.1:1", Optional.of(replica), 4));
      await().untilAsserted(() -> assertThat(two().membership().ownerOf(replica)).contains("127.0.0.1:1"));
      two().membership()
          .announce(new Member(newOwner, Member.Role.SCHEDULER, "127.0.0.1:2", Optional.of(replica), 5,
              Optional.of(new Member.Offer("m", 3, 400))));
      await().untilAsserted(() -> assertThat(one().membership().ownerOf(replica)).contains("127.0.0.1:2"));
      assertThat(one().membership().members()).anyMatch(
          member -> member.id().equals(newOwner) && member.offer().equals(Optional.of(new Member.Offer("m", 3, 400))));
      two().membership().withdraw(newOwner);
      await().untilAsserted(() -> assertThat(one().membership().ownerOf(replica)).contains("127.0.0.1:1"));
      one().membership().announce(new Member(oldOwner, Member.Role.SCHEDULER, "127.0.0.1:1", Optional.empty(), 0));
      await().untilAsserted(() -> assertThat(two().membership().ownerOf(replica)).isEmpty());
      one().membership().withdraw(oldOwner);
      await().untilAsserted(
          () -> assertThat(two().membership().members()).extracting(Member::id).doesNotContain(oldOwner, newOwner));
    }
    assertThat(told).isNotEmpty().anySatisfy(members -> assertThat(members).extracting(Member::id).contains(newOwner));
  }

  @Test
  void anEmbeddingStaysForItsTimeAndReadingDoesNotProlongIt() {
    EmbeddingKey key = embeddingKey();
    one().embeddings().put(key, embedding(), Duration.ofSeconds(90));
    assertThat(two().embeddings().get(key)).contains(embedding());
    assertThat(embeddingLife(key)).isEqualTo(Duration.ofSeconds(90));
    assertThat(two().embeddings().prolong(key, Duration.ofMinutes(2))).isTrue();
    assertThat(two().embeddings().get(key)).contains(embedding());
    assertThat(embeddingLife(key)).isEqualTo(Duration.ofMinutes(2));
    one().embeddings().put(key, embedding(), Duration.ofMinutes(1));
    assertThat(embeddingLife(key)).isEqualTo(Duration.ofMinutes(1));
    two().embeddings().remove(key);
    assertThat(one().embeddings().get(key)).isEmpty();
    assertThat(one().embeddings().prolong(key, Duration.ofMinutes(2))).isFalse();
  }

  static StoredEmbedding embedding() {
    byte[] payload = new byte[2 * 3 * 4];
    for (int i = 0; i < payload.length; i++) {
      payload[i] = (byte) i;
    }
    return new StoredEmbedding("tiny", 2, 3, ElementKind.FLOAT32, payload);
  }

  /** Something done by the i-th of several threads. */
  interface Indexed<T> {
    T run(int index);
  }

  static <T> List<T> together(int threads, Indexed<T> work) throws Exception {
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<T>> calls = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        int index = i;
        calls.add(() -> work.run(index));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> future : executor.invokeAll(calls)) {
        results.add(future.get());
      }
      return results;
    }
  }

  @Test
  void reportsOfServiceReachTheOtherAndReplaceTheOneBefore() {
    OwnerId reporter = new OwnerId(fresh("reporter"));
    TenantId tenant = new TenantId("clinic-a");
    one().service().publish(new ServiceReport(reporter, "tiny", 1, List.of(new Given(tenant, "STAT", 10, 10))));
    ServiceReport second = new ServiceReport(reporter, "tiny", 2,
        List.of(new Given(tenant, "ROUTINE", 7, 3), new Given(new TenantId("clinic-b"), "BATCH", 1L << 40, 5)));
    one().service().publish(second);
    ServiceReport empty = new ServiceReport(new OwnerId(fresh("reporter")), "other", 1, List.of());
    two().service().publish(empty);
    await().atMost(Duration.ofSeconds(20)).untilAsserted(
        () -> assertThat(two().service().reports()).contains(second, empty).filteredOn(
            report -> report.reporter().equals(reporter)).hasSize(1));
    await().atMost(Duration.ofSeconds(20)).untilAsserted(
        () -> assertThat(one().service().reports()).contains(second, empty));
  }

  /** A clinic of its own, so that erasing it disturbs nobody. */
  private record Clinic(SessionKey session, GenerationKey generation, EmbeddingKey image) {
    static Clinic fresh() {
      TenantId tenant = new TenantId(ClusterStateContract.fresh("clinic"));
      return new Clinic(new SessionKey(tenant, ClusterStateContract.session().id()),
          new GenerationKey(tenant, ClusterStateContract.generation().id()),
          new EmbeddingKey(tenant, embeddingKey().image()));
    }

    TenantId tenant() {
      return session.tenant();
    }
  }

  private static void fill(ClusterState member, Clinic clinic) {
    assertThat(member.sessions().create(clinic.session, record())).isTrue();
    done(member.tokenLog().append(1, List.of(entry(clinic.generation, 0, 1, 2))));
    member.generations().put(clinic.generation, new GenerationRecord(new byte[]{1}, new ReplicaId("r"), 0, NOW));
    member.embeddings().put(clinic.image, embedding(), Duration.ofMinutes(5));
  }

  private static void assertNothing(ClusterState member, Clinic clinic) {
    assertThat(member.sessions().find(clinic.session)).isEmpty();
    assertThat(done(member.tokenLog().read(clinic.generation, 0))).isEmpty();
    assertThat(member.generations().find(clinic.generation)).isEmpty();
    assertThat(member.embeddings().get(clinic.image)).isEmpty();
  }

  @Test
  void anErasedTenantLosesEverythingAndIsRefusedAndOthersAreNot() {
    Clinic clinic = Clinic.fresh();
    Clinic other = Clinic.fresh();
    fill(one(), clinic);
    fill(two(), other);
    two().tenants().erase(clinic.tenant());
    two().tenants().erase(clinic.tenant());
    for (ClusterState member : List.of(one(), two())) {
      assertRefused(member, clinic);
      assertNothing(member, clinic);
      assertThat(member.sessions().find(other.session)).contains(record());
    }
    assertThat(refusals(one().tokenLog().append(1, List.of(entry(clinic.generation, 0, 3), entry(other.generation, 2,
        3))))).singleElement().isInstanceOf(Refusal.TenantErased.class);
    assertThat(done(two().tokenLog().read(other.generation, 0))).as("the rest of the batch")
        .contains(new Committed(1, 0, new int[]{1, 2, 3}, null));
    assertThat(refusals(one().tokenLog().append(1, List.of(entry(clinic.generation, 0, 3))))).hasSize(1);

    one().tenants().admit(clinic.tenant());
    fill(two(), clinic);
    assertThat(one().sessions().find(clinic.session)).contains(record());
  }

  private static void assertRefused(ClusterState member, Clinic clinic) {
    assertThatExceptionOfType(TenantErasedException.class)
        .isThrownBy(() -> member.sessions().create(clinic.session, record()))
        .withMessageContaining(clinic.tenant().value());
    assertThatExceptionOfType(TenantErasedException.class)
        .isThrownBy(() -> member.sessions().update(clinic.session, record().next(List.of(), 1, NOW)));
    assertThatExceptionOfType(TenantErasedException.class).isThrownBy(
        () -> member.generations().put(clinic.generation, new GenerationRecord(new byte[]{1}, new ReplicaId("r"), 0,
            NOW)));
    assertThatExceptionOfType(TenantErasedException.class)
        .isThrownBy(() -> member.embeddings().put(clinic.image, embedding(), Duration.ofMinutes(1)));
  }

  @Test
  void aTenantThatWasNeverSeenCanBeErasedAndAdmitted() {
    Clinic clinic = Clinic.fresh();
    one().tenants().erase(clinic.tenant());
    assertRefused(one(), clinic);
    one().tenants().admit(clinic.tenant());
    one().tenants().admit(clinic.tenant());
    fill(one(), clinic);
  }

  @Test
  void whatWasStoredBeforeAKeyWasRenewedStaysReadable() {
    Clinic clinic = Clinic.fresh();
    fill(one(), clinic);
    two().tenants().renewKey(clinic.tenant());
    done(two().tokenLog().append(1, List.of(entry(clinic.generation, 2, 3))));
    assertThat(two().sessions().update(clinic.session, record().next(List.of(), 1, NOW))).isEqualTo(Update.DONE);
    for (ClusterState member : List.of(one(), two())) {
      assertThat(done(member.tokenLog().read(clinic.generation, 0)))
          .contains(new Committed(1, 0, new int[]{1, 2, 3}, null));
      assertThat(member.sessions().find(clinic.session)).contains(record().next(List.of(), 1, NOW));
      assertThat(member.embeddings().get(clinic.image)).contains(embedding());
    }
  }

  @Test
  void membersThatMeetATenantTogetherUnderstandEachOther() throws Exception {
    TenantId tenant = new TenantId(fresh("clinic"));
    List<SessionKey> keys = together(8, i -> {
      SessionKey key = new SessionKey(tenant, session().id());
      assertThat((i % 2 == 0 ? one() : two()).sessions().create(key, record())).isTrue();
      return key;
    });
    assertThat(keys).allSatisfy(key -> {
      assertThat(one().sessions().find(key)).contains(record());
      assertThat(two().sessions().find(key)).contains(record());
    });
  }
}
