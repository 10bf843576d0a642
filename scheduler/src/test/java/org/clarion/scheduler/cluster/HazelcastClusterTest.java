package org.clarion.scheduler.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.core.EntryView;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.instance.impl.HazelcastInstanceProxy;
import com.hazelcast.internal.serialization.SerializationService;
import com.hazelcast.nio.serialization.HazelcastSerializationException;
import com.hazelcast.nio.serialization.compact.CompactSerializer;
import com.hazelcast.partition.Partition;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.clarion.scheduler.api.ClusterState;
import org.clarion.scheduler.api.EmbeddingKey;
import org.clarion.scheduler.api.GenerationKey;
import org.clarion.scheduler.api.GenerationRecord;
import org.clarion.scheduler.api.ReplicaId;
import org.clarion.scheduler.api.Run;
import org.clarion.scheduler.api.SessionKey;
import org.clarion.scheduler.api.SessionRecord;
import org.clarion.scheduler.api.StoredEmbedding;
import org.clarion.scheduler.api.TenantId;
import org.clarion.scheduler.api.TokenLog;
import org.clarion.scheduler.cluster.seal.DataKey;
import org.clarion.scheduler.cluster.seal.DataKeys;
import org.clarion.scheduler.cluster.seal.Sealer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The contract, kept by two Hazelcast members on loopback, and what is particular to them. */
final class HazelcastClusterTest extends ClusterStateContract {
  private static List<HazelcastCluster> members = List.of();

  @BeforeAll
  static void start() throws Exception {
    members = TestClusters.start(TestClusters.configs(2, 2));
  }

  @AfterAll
  static void stop() {
    members.forEach(HazelcastCluster::terminate);
  }

  @Override
  ClusterState one() {
    return members.get(0);
  }

  @Override
  ClusterState two() {
    return members.get(1);
  }

  private static HazelcastInstance hazelcast() {
    return members.getFirst().hazelcast();
  }

  private static EntryView<Object, Object> view(String map, StoreKey key) {
    EntryView<Object, Object> view = hazelcast().getMap(map).getEntryView(key);
    assertThat(view).isNotNull();
    return view;
  }

  @Override
  Duration sessionLife(SessionKey key) {
    EntryView<Object, Object> view = view(HazelcastSettings.SESSIONS, StoreKey.of(key));
    assertThat(view.getTtl()).isEqualTo(Long.MAX_VALUE);
    return Duration.ofMillis(view.getMaxIdle());
  }

  @Override
  Duration logLife(GenerationKey key) {
    return Duration.ofMillis(view(HazelcastSettings.TOKEN_LOG, StoreKey.of(key)).getTtl());
  }

  @Override
  Duration embeddingLife(EmbeddingKey key) {
    return Duration.ofMillis(view(HazelcastSettings.EMBEDDINGS, StoreKey.of(key)).getTtl());
  }

  @Test
  void membersListenOnTheGivenAddressOnly() {
    assertThat(members).allSatisfy(member -> assertThat(member.address().host()).isEqualTo("127.0.0.1"));
    assertThat(hazelcast().getCluster().getMembers()).hasSize(2);
  }

  @Test
  void storedBytesShowNothingOfTheText() {
    String text = "melanoma of the left forearm";
    int[] tokens = text.chars().toArray();
    SessionKey session = session();
    one().sessions().create(session, SessionRecord.first("tiny", List.of(new Run.Tokens(tokens)), 0, NOW));
    GenerationKey generation = generation();
    done(one().tokenLog().append(1, List.of(entry(generation, 0, tokens))));
    one().generations().put(generation, new GenerationRecord(text.getBytes(StandardCharsets.UTF_8),
        new ReplicaId("r"), 0, NOW));
    EmbeddingKey image = embeddingKey();
    one().embeddings().put(image,
        new StoredEmbedding("tiny", 1, 7, StoredEmbedding.ElementKind.FLOAT32, text.getBytes(StandardCharsets.UTF_8)),
        Duration.ofMinutes(1));

    assertThat(Codecs.tokens(tokens)).as("the check can see a text")
        .containsSequence(text.getBytes(StandardCharsets.UTF_8));
    assertThat(stored(HazelcastSettings.SESSIONS, StoreKey.of(session))).doesNotContain("melanoma")
        .doesNotContain("tiny");
    assertThat(stored(HazelcastSettings.TOKEN_LOG, StoreKey.of(generation))).doesNotContain("melanoma");
    assertThat(stored(HazelcastSettings.GENERATIONS, StoreKey.of(generation))).doesNotContain("melanoma");
    assertThat(stored(HazelcastSettings.EMBEDDINGS, StoreKey.of(image))).doesNotContain("melanoma");
  }

  private static String stored(String map, StoreKey key) {
    Object value = hazelcast().getMap(map).get(key);
    byte[] bytes = serialization().toData(value).toByteArray();
    assertThat(bytes).hasSizeGreaterThan(28);
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private static SerializationService serialization() {
    return ((HazelcastInstanceProxy) hazelcast()).getSerializationService();
  }

  /** Whoever appends is the scheduler's loop, which waits for nobody. */
  @Test
  void anAppendDoesNotWaitForItsKey() {
    CountDownLatch there = new CountDownLatch(1);
    DataKeys real = members.getFirst().keys();
    DataKeys late = new DataKeys() {
      @Override
      public DataKey sealing(TenantId tenant) {
        try {
          there.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
        return real.sealing(tenant);
      }

      @Override
      public @Nullable DataKey sealingAtHand(TenantId tenant) {
        return null;
      }

      @Override
      public DataKey opening(TenantId tenant, long id) {
        return real.opening(tenant, id);
      }
    };
    TokenLog log = new HazelcastTokenLog(hazelcast().getMap(HazelcastSettings.TOKEN_LOG), new Sealer(late),
        new Calls(Duration.ofSeconds(20)));
    GenerationKey key = generation();
    CompletableFuture<Void> append = log.append(1, List.of(entry(key, 0, 5))).toCompletableFuture();
    assertThat(append).isNotDone();
    there.countDown();
    done(append);
    assertThat(done(two().tokenLog().read(key, 0))).contains(new TokenLog.Committed(1, 0, new int[]{5}, null));
  }

  @Test
  void theKeyOfATenantThatWasServedIsAtHand() {
    SessionKey session = new SessionKey(new TenantId(fresh("clinic")), session().id());
    DataKeys keys = members.getFirst().keys();
    assertThat(keys.sealingAtHand(session.tenant())).isNull();
    one().sessions().create(session, record());
    DataKey key = keys.sealingAtHand(session.tenant());
    assertThat(key).isNotNull();
    two().tenants().renewKey(session.tenant());
    assertThat(keys.sealingAtHand(session.tenant())).isNotNull().isNotEqualTo(key);
    assertThat(keys.opening(session.tenant(), key.id())).isEqualTo(key);
    two().tenants().erase(session.tenant());
    assertThat(keys.sealingAtHand(session.tenant())).isNull();
  }

  @Test
  void aTenantsKeysLieInFewPartitions() {
    assertThat(IntStream.range(0, 200)
        .mapToObj(i -> hazelcast().getPartitionService().getPartition(new StoreKey("clinic-a", "session-" + i)))
        .map(Partition::getPartitionId).distinct()).hasSizeLessThanOrEqualTo(4);
  }

  @Test
  void everythingThatTravelsComesBack() {
    Set<Class<?>> seen = new HashSet<>();
    for (Object value : Samples.all().values()) {
      Object back = serialization().toObject(serialization().toData(value));
      assertThat(back).usingRecursiveComparison().ignoringFields("member").isEqualTo(value);
      seen.add(value.getClass());
    }
    // A batch's entry travels inside the batch only.
    assertThat(seen).hasSize(Serializers.ALL.size() - 1);
    assertThat(Serializers.ALL).extracting(CompactSerializer::getTypeName).doesNotHaveDuplicates()
        .allMatch(name -> name.startsWith("clarion."));
  }

  @Test
  void whatHasNoSerialiserDoesNotTravel() {
    record Forgotten(String text) {}

    assertThatThrownBy(() -> hazelcast().getMap("other").put("key", new Forgotten("text")))
        .isInstanceOf(HazelcastSerializationException.class);
  }
}
