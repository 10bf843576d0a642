package org.clarion.vision.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.clarion.models.image.PixelTensor;
import org.clarion.proto.v1.EncodeResponse;
import org.clarion.proto.v1.EncodeResponse.ReceiptCase;
import org.clarion.proto.v1.EncodeStart;
import org.clarion.rpc.Deadlines;
import org.clarion.rpc.Embedding;
import org.clarion.rpc.ProgressMonitor;
import org.clarion.rpc.RpcChannels;
import org.clarion.rpc.ServiceError;
import org.clarion.rpc.Sha256;
import org.clarion.vision.core.EmbeddingCache;
import org.clarion.vision.exec.EncodeQueue;
import org.clarion.vision.exec.ImageEncoder;
import org.clarion.vision.exec.VisionMetrics;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The encoder's service with a fake encoder, delivering to real EmbeddingServices over loopback. */
class EncodeServiceTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int QUEUE = 4;
  private static final int TOGETHER = 3;

  private final List<Integer> order = new CopyOnWriteArrayList<>();
  private final Gate encoder = new Gate();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final ProgressMonitor progress = new ProgressMonitor(Duration.ofSeconds(30), Duration.ofSeconds(30));
  private final RpcChannels channels = new RpcChannels();
  private Destination rank;
  private Destination scheduler;
  private EncodeQueue queue;
  private EncodeService service;
  private Server server;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws IOException {
    rank = new Destination(order);
    scheduler = new Destination(order);
    VisionMetrics metrics = new VisionMetrics(registry);
    queue = EncodeQueue.start(() -> encoder, QUEUE, new EmbeddingCache(2), progress, metrics);
    service = new EncodeService(queue, new Delivery(channels, metrics, PATIENCE, Duration.ofMillis(1)),
        new EncodeLimits("tiny", 4, 2, 3, 3, 4, 8), metrics);
    String name = InProcessServerBuilder.generateName();
    server = InProcessServerBuilder.forName(name).addService(service).build().start();
    channel = InProcessChannelBuilder.forName(name).intercept(Deadlines.client()).build();
  }

  @AfterEach
  void stop() {
    encoder.open();
    channel.shutdownNow();
    server.shutdownNow();
    service.close();
    channels.close();
    queue.close();
    rank.close();
    scheduler.close();
    assertThat(encoder.closed).isTrue();
  }

  @Test
  void anImageIsReceivedEncodedAndDeliveredTheSchedulerLast() throws Exception {
    try (Destination second = new Destination(order)) {
      List<String> destinations = List.of(rank.endpoint(), second.endpoint(), scheduler.endpoint());
      TestClient client = new TestClient(channel).send(TestClient.start("clinic", image(1), destinations))
          .send(Arrays.copyOf(image(1), 40)).send(Arrays.copyOfRange(image(1), 40, 48)).finish();
      assertThat(client.kinds()).containsExactly(ReceiptCase.RECEIVED, ReceiptCase.ENCODED, ReceiptCase.DELIVERED,
          ReceiptCase.DELIVERED, ReceiptCase.DELIVERED);
      EncodeResponse last = client.receipts.getLast();
      assertThat(last.getDelivered().getDestination()).isEqualTo(scheduler.endpoint());
      assertThat(last.getImageHash().toByteArray()).isEqualTo(Sha256.of(image(1)));
      assertThat(client.receipts.get(1).getEncoded().getTokens()).isEqualTo(2);
      assertThat(client.receipts.get(1).getEncoded().getCached()).isFalse();
      assertThat("127.0.0.1:" + order.getLast()).isEqualTo(scheduler.endpoint());
      for (Destination destination : List.of(rank, second, scheduler)) {
        Embedding embedding = Objects.requireNonNull(destination.kept.get(
            Embedding.key("clinic", Sha256.of(image(1)))));
        assertThat(embedding.values()).containsExactly(1, 1, 1, 1, 1, 1);
        assertThat(embedding.model()).isEqualTo("tiny");
      }
    }
    assertFree();
  }

  @Test
  void severalImagesOfOneCallShareIt() throws Exception {
    TestClient client = new TestClient(channel);
    for (int i = 1; i <= 3; i++) {
      client.send(start("clinic", i)).send(image(i));
      awaitPlace();
    }
    assertThat(client.finish().kinds()).hasSize(12);
    assertThat(encoder.encodes.get()).isEqualTo(3);
    assertFree();
  }

  @Test
  void requestsForAnImageUnderWayShareItWithinATenant() throws Exception {
    encoder.shut();
    List<TestClient> clients = List.of(client("a", 1), client("a", 1), client("b", 1));
    await().atMost(PATIENCE).until(() -> count("clarion_vision_joined") == 1 && queue.waiting() == 1);
    encoder.open();
    for (TestClient client : clients) {
      assertThat(client.kinds()).hasSize(4);
    }
    assertThat(encoder.encodes.get()).isEqualTo(2);
    assertThat(clients.stream().filter(c -> c.receipts.get(1).getEncoded().getCached())).hasSize(1);
    assertThat(rank.kept).hasSize(2);
    assertFree();
  }

  @Test
  void theCacheAnswersUntilOthersTakeItsPlace() throws Exception {
    client("a", 1).kinds();
    TestClient again = client("a", 1);
    again.kinds();
    assertThat(again.receipts.get(1).getEncoded().getCached()).isTrue();
    assertThat(count("clarion_vision_cache_hits")).isEqualTo(1);
    client("a", 2).kinds();
    client("a", 3).kinds();
    client("a", 1).kinds();
    assertThat(encoder.encodes.get()).isEqualTo(4);
    assertThat(count("clarion_vision_encodes")).isEqualTo(4);
  }

  @Test
  void badImagesAreRefusedByName() throws Exception {
    assertRefused(new TestClient(channel).send(start("a", 1).setSize(5)), "wrong_image_size", "5", "4");
    assertRefused(new TestClient(channel).send(start("a", 1)).send(image(2)), "hash_mismatch", "SHA-256", "");
    assertRefused(new TestClient(channel).send(start("a", 1)).send(new byte[49]), "invalid_argument", "48 bytes", "");
    assertRefused(new TestClient(channel).send(start("a", 1)).send(new byte[7]).finish(), "invalid_argument", "7",
        "48");
    assertRefused(new TestClient(channel).send(start("a", 1)).send(start("a", 2)), "invalid_argument", "0 of 48", "");
    assertRefused(new TestClient(channel).send(image(1)), "invalid_argument", "before a start", "");
    assertRefused(new TestClient(channel).send(start("a", 1).setModel("x")), "unknown_model", "tiny", "x");
    assertRefused(new TestClient(channel).send(start("", 1)), "invalid_argument", "tenant", "");
    assertRefused(new TestClient(channel).send(start("a", 1).clearDestinations()), "invalid_argument", "not 0", "4");
    assertRefused(new TestClient(channel).send(start("a", 1).addDestinations("nowhere")), "invalid_argument", "nowhere",
        "");
    TestClient many = new TestClient(channel);
    for (int i = 1; i <= 3; i++) {
      many.send(start("a", i)).send(image(i));
      awaitPlace();
    }
    assertRefused(many.send(start("a", 4)), "invalid_argument", "at most 3 images", "");
    assertFree();
  }

  @Test
  void aFullQueueRefusesWithAWaitAndOneTenantSooner() throws Exception {
    encoder.shut();
    List<TestClient> clients = new ArrayList<>(List.of(client("a", 1)));
    await().atMost(PATIENCE).until(() -> encoder.encodes.get() == 1);
    clients.add(client("a", 2));
    clients.add(client("a", 3));
    await().atMost(PATIENCE).until(() -> queue.waiting() == 2);
    assertOverloaded(client("a", 4), "2 of 4 places are taken, 2 of them by the same tenant");
    clients.add(client("b", 1));
    await().atMost(PATIENCE).until(() -> queue.waiting() == 3);
    clients.add(client("c", 1));
    await().atMost(PATIENCE).until(() -> queue.waiting() == QUEUE);
    assertOverloaded(client("d", 1), "4 of 4 places are taken, 0 of them");
    encoder.open();
    for (TestClient client : clients) {
      assertThat(client.kinds()).hasSize(4);
    }
    assertFree();
  }

  @Test
  void tenantsAreEncodedInTurn() throws Exception {
    encoder.shut();
    List<TestClient> clients = new ArrayList<>(List.of(client("flood", 1)));
    await().atMost(PATIENCE).until(() -> encoder.encodes.get() == 1);
    clients.add(client("flood", 2));
    await().atMost(PATIENCE).until(() -> queue.waiting() == 1);
    clients.add(client("flood", 3));
    await().atMost(PATIENCE).until(() -> queue.waiting() == 2);
    clients.add(client("b", 4));
    await().atMost(PATIENCE).until(() -> queue.waiting() == 3);
    clients.add(client("c", 5));
    await().atMost(PATIENCE).until(() -> queue.waiting() == 4);
    encoder.open();
    for (TestClient client : clients) {
      assertThat(client.kinds()).hasSize(4);
    }
    assertThat(encoder.images).containsExactly(1, 2, 4, 5, 3);
    assertThat(encoder.groups).as("half of those that wait").containsExactly(1, 2, 1, 1);
  }

  private static void assertOverloaded(TestClient client, String why) throws Exception {
    ServiceError error = client.error();
    assertThat(error).isInstanceOf(ServiceError.Overloaded.class);
    assertThat(error.message()).contains(why);
    assertThat(Objects.requireNonNull(error.retryAfterOrNull())).isPositive();
  }

  @Test
  void tooManyImagesInProgressAreRefusedBeforeTheirPixels() throws Exception {
    List<TestClient> open = new ArrayList<>();
    for (String tenant : List.of("a", "a", "a", "a", "b", "b", "c", "d")) {
      open.add(new TestClient(channel).send(start(tenant, 1)));
      await().atMost(PATIENCE).until(() -> service.inProgress() == open.size());
      if (open.size() == 4) {
        assertOverloaded(new TestClient(channel).send(start("a", 2)), "4 of 8 places are taken, 4 of them");
      }
    }
    assertOverloaded(new TestClient(channel).send(start("e", 2)), "8 of 8 places are taken, 0 of them");
    open.forEach(TestClient::cancel);
    assertFree();
  }

  @Test
  void cancellationFreesAndSkipsWhatNobodyWaitsFor() throws Exception {
    encoder.shut();
    TestClient running = client("a", 1);
    await().atMost(PATIENCE).until(() -> encoder.encodes.get() == 1);
    TestClient gone = client("a", 2);
    TestClient shared = client("a", 3);
    await().atMost(PATIENCE).until(() -> queue.waiting() == 2);
    TestClient other = client("a", 3);
    await().atMost(PATIENCE).until(() -> count("clarion_vision_joined") == 1);
    gone.cancel();
    await().atMost(PATIENCE).until(() -> queue.waiting() == 1);
    other.cancel();
    running.cancel();
    await().atMost(PATIENCE).until(() -> service.inProgress() == 1);
    encoder.open();
    assertThat(shared.kinds()).hasSize(4);
    assertThat(encoder.encodes.get()).as("image 2 was skipped").isEqualTo(2);
    assertFree();
  }

  @Test
  void anUnavailableDestinationIsTriedAgainAFewTimes() throws Exception {
    rank.unavailable.set(3);
    assertThat(client("a", 1).kinds()).hasSize(4);
    assertThat(count("clarion_vision_delivery_retries")).isEqualTo(3);
    rank.unavailable.set(100);
    assertThat(client("a", 1).error().code()).isEqualTo("unavailable");
    assertThat(count("clarion_vision_delivery_retries")).isEqualTo(6);
    assertFree();
  }

  @Test
  void aDestinationThatRefusesEndsTheCallBeforeTheLast() throws Exception {
    rank.broken.set(1);
    assertThat(client("a", 1).error().code()).isEqualTo("wrong_embedding");
    assertThat(scheduler.kept).isEmpty();
    assertFree();
  }

  @Test
  void aFailedEncodeEndsItsCallAndTheNextWorks() throws Exception {
    encoder.failing.set(true);
    ServiceError error = client("a", 1).error();
    assertThat(error.code()).isEqualTo("internal");
    assertThat(error.message()).doesNotContain("fire");
    assertThat(client("a", 1).kinds()).hasSize(4);
    assertFree();
  }

  private TestClient client(String tenant, int number) {
    return new TestClient(channel).send(start(tenant, number)).send(image(number)).finish();
  }

  private EncodeStart.Builder start(String tenant, int number) {
    return TestClient.start(tenant, image(number), List.of(rank.endpoint(), scheduler.endpoint()));
  }

  private static byte[] image(int number) {
    byte[] pixels = new byte[48];
    Arrays.fill(pixels, (byte) number);
    return pixels;
  }

  private void assertRefused(TestClient client, String code, String first, String second) throws Exception {
    ServiceError error = client.error();
    assertThat(error.code()).isEqualTo(code);
    assertThat(error.message()).contains(first, second);
  }

  /** Half of the queue's few places are a tenant's at most. */
  private void awaitPlace() {
    await().atMost(PATIENCE).until(() -> queue.waiting() <= 1);
  }

  private void assertFree() {
    await().atMost(PATIENCE).until(() -> service.inProgress() == 0 && progress.outstanding() == 0);
  }

  private double count(String name) {
    return registry.get(name).counter().count();
  }

  /** Gives every value the first pixel; waits while it is shut. */
  private static final class Gate implements ImageEncoder {
    private final AtomicInteger encodes = new AtomicInteger();
    /** The first pixel of each, in the order in which they were encoded. */
    private final List<Integer> images = new CopyOnWriteArrayList<>();
    /** How many came together, call by call. */
    private final List<Integer> groups = new CopyOnWriteArrayList<>();
    private final AtomicBoolean failing = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicBoolean shut = new AtomicBoolean();
    private final Semaphore permits = new Semaphore(0);

    void shut() {
      shut.set(true);
    }

    void open() {
      shut.set(false);
      permits.release(100);
    }

    @Override
    public int together() {
      return TOGETHER;
    }

    @Override
    public List<float[]> encode(List<PixelTensor> pixels) {
      pixels.forEach(image -> images.add((int) image.bytes()[0]));
      groups.add(pixels.size());
      encodes.addAndGet(pixels.size());
      if (shut.get()) {
        permits.acquireUninterruptibly();
      }
      if (failing.getAndSet(false)) {
        throw new IllegalStateException("the fake device is on fire");
      }
      return pixels.stream().map(image -> {
        float[] values = new float[6];
        Arrays.fill(values, image.bytes()[0]);
        return values;
      }).toList();
    }

    @Override
    public void close() {
      closed.set(true);
    }
  }
}
