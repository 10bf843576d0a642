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
import java.util.Map;
import java.util.Set;
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
import org.clarion.scheduler.api.TokenLog;
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

  @Test
  void aTenantsKeysLieInFewPartitions() {
    assertThat(IntStream.range(0, 200)
        .mapToObj(i -> hazelcast().getPartitionService().getPartition(new StoreKey("clinic-a", "session-" + i)))
        .map(Partition::getPartitionId).distinct()).hasSizeLessThanOrEqualTo(4);
  }

  @Test
  void everythingThatTravelsComesBack() {
    byte[] bytes = {1, 2, 3};
    StoreKey key = new StoreKey("clinic-a", "session-1");
    SealedSession session = new SealedSession(4, bytes);
    TokenLog.Ending ending = new TokenLog.Ending("LENGTH", 9, 4, 3);
    SealedLog log = SealedLog.NONE.append(7, new SealedLog.Segment(0, 2, bytes), null)
        .append(7, new SealedLog.Segment(2, 1, bytes), ending);
    AppendTokens append = new AppendTokens(7,
        Map.of(key, new AppendTokens.Part(new SealedLog.Segment(0, 2, bytes), ending)));
    List<Object> values = List.of(key, session, new StoreSession(session), log, append,
        new AppendTokens.Answer(LogRule.Verdict.WRONG_INDEX, 7, 3), new ClaimLog(8),
        new StoredLease(new LeaseRule.State("owner-a", 3, 99)),
        new ChangeLease(ChangeLease.Change.RENEW, "owner-a", 3, 50, 10),
        new Announcement("process", "SCHEDULER", "127.0.0.1:1", "replica-1", 3, "tiny", 2, 40),
        new StoredReport("tiny", 5, new String[]{"clinic-a"}, new String[]{"STAT"}, new long[]{7}, new long[]{3}));

    Set<Class<?>> seen = new HashSet<>();
    for (Object value : values) {
      Object back = serialization().toObject(serialization().toData(value));
      assertThat(back).usingRecursiveComparison().isEqualTo(value);
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
