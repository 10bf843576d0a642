package org.clarion.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.clarion.proto.v1.ElementType;
import org.clarion.proto.v1.EmbeddingKey;
import org.clarion.proto.v1.EmbeddingServiceGrpc;
import org.clarion.proto.v1.PutRequest;
import org.clarion.proto.v1.PutResponse;
import org.clarion.proto.v1.PutStart;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/** Server, channels, deadlines and the transport of embeddings, over loopback and within the process. */
@ParameterizedClass
@CsvSource({"127.0.0.1, true", "127.0.0.1, false", "in-process, true", "in-process, false"})
class RpcServerTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Map<EmbeddingKey, Embedding> kept = new ConcurrentHashMap<>();
  private final EmbeddingReceiver receiver = new EmbeddingReceiver(new EmbeddingReceiver.Sink() {
    @Override
    public void check(PutStart start) {
      if (!start.getModel().equals("tiny")) {
        throw new ServiceError.InvalidArgument("unknown_model", "this is tiny").toException();
      }
    }

    @Override
    public boolean store(Embedding embedding) {
      return kept.putIfAbsent(embedding.key(), embedding) == null;
    }
  }, new EmbeddingReceiver.Limits(4 << 20, 8 << 20));
  private final AtomicBoolean healthy = new AtomicBoolean(true);
  private final RpcChannels channels = new RpcChannels();
  private final String host;
  private final boolean mayBlock;
  private RpcServer server;

  RpcServerTest(String host, boolean mayBlock) {
    this.host = host;
    this.mayBlock = mayBlock;
  }

  @BeforeEach
  void start() throws IOException {
    RpcServer.Builder builder = RpcServer.at(host + ":0").service(receiver, healthy::get)
        .grace(Duration.ofMillis(200));
    server = (mayBlock ? builder : builder.callbackHandlers()).start();
  }

  @AfterEach
  void stop() {
    channels.close();
    server.close();
  }

  @Test
  void anEmbeddingArrivesWholeAndTwiceIsHarmless() throws Exception {
    Embedding embedding = embedding(130, 4096);
    EmbeddingSender sender = new EmbeddingSender(embedding);
    assertThat(sender.put(channel(), PATIENCE).get(20, TimeUnit.SECONDS)).isTrue();
    assertThat(sender.put(channel(), PATIENCE).get(20, TimeUnit.SECONDS)).isFalse();
    assertThat(Arrays.equals(kept(embedding.key()), embedding.values())).isTrue();
    assertThat(receiver.inFlightBytes()).isZero();
  }

  @Test
  void halfFloatsAreWidened() throws Exception {
    float[] values = {1.5f, -0.25f};
    ByteString payload = ByteString.copyFrom(new byte[]{0, 0x3e, 0, (byte) 0xb4});
    PutStart start = start(payload.toByteArray()).setTokens(1).setHidden(2)
        .setElementType(ElementType.ELEMENT_TYPE_FLOAT16).build();
    assertThat(send(start, payload).get(20, TimeUnit.SECONDS)).isTrue();
    assertThat(kept(start.getKey())).containsExactly(values);
  }

  @Test
  void damageIsRefusedWithItsReason() {
    byte[] four = new byte[4];
    ByteString payload = ByteString.copyFrom(four);
    assertRefused(start(new byte[]{1}).build(), payload, "hash_mismatch", "SHA-256");
    assertRefused(start(four).setTokens(2).build(), payload, "invalid_argument", "has 4 bytes, 8 were declared");
    assertRefused(start(four).build(), ByteString.copyFrom(new byte[5]), "invalid_argument", "declared 4 bytes");
    assertRefused(start(four).setTokens(2000).setHidden(4096).build(), payload, "invalid_argument", "4194304");
    assertRefused(start(four).setTokens(Integer.MAX_VALUE).setHidden(Integer.MAX_VALUE).build(), payload,
        "invalid_argument", "4194304");
    assertRefused(start(four).setTokens(-1).build(), payload, "invalid_argument", "4294967295");
    assertRefused(start(four).setModel("other").build(), payload, "unknown_model", "tiny");
    assertRefused(start(four).setElementTypeValue(9).build(), payload, "invalid_argument", "element type");
    assertThat(kept).isEmpty();
    assertThat(receiver.inFlightBytes()).isZero();
  }

  @Test
  void transfersShareABoundAndCancellationFrees() throws Exception {
    CompletableFuture<Boolean> first = new CompletableFuture<>();
    PutStart large = start(new byte[4]).setTokens(1000).setHidden(1024).build();
    List<StreamObserver<PutRequest>> open = List.of(open(first), open(new CompletableFuture<>()));
    open.forEach(call -> call.onNext(PutRequest.newBuilder().setStart(large).build()));
    await(() -> receiver.inFlightBytes() == 2L * 4_096_000);
    assertRefused(large, ByteString.EMPTY, "overloaded", "8388608");
    for (StreamObserver<PutRequest> call : open) {
      ((ClientCallStreamObserver<PutRequest>) call).cancel("enough", null);
    }
    await(() -> receiver.inFlightBytes() == 0);
    await(first::isCompletedExceptionally);
  }

  @Test
  void aCallWithoutDeadlineIsRefusedWhileChannelsGiveOne() {
    ManagedChannel bare = host.equals(Endpoint.IN_PROCESS)
        ? InProcessChannelBuilder.forName(endpoint()).build()
        : NettyChannelBuilder.forAddress(host, server.port()).usePlaintext().build();
    try {
      CompletableFuture<Boolean> result = new CompletableFuture<>();
      EmbeddingServiceGrpc.newStub(bare).put(new Answer(result)).onCompleted();
      assertThatThrownBy(() -> result.get(20, TimeUnit.SECONDS))
          .satisfies(e -> assertThat(ServiceError.from(e).code()).isEqualTo("deadline_required"));
    } finally {
      bare.shutdownNow();
    }
    CompletableFuture<Boolean> result = new CompletableFuture<>();
    open(result).onCompleted();
    assertThatThrownBy(() -> result.get(20, TimeUnit.SECONDS))
        .satisfies(e -> assertThat(ServiceError.from(e).message()).contains("without start"));
  }

  @Test
  void healthFollowsProgressForEachServiceAndTheWhole() {
    await(() -> status(EmbeddingServiceGrpc.SERVICE_NAME) == ServingStatus.SERVING);
    healthy.set(false);
    await(() -> status(EmbeddingServiceGrpc.SERVICE_NAME) == ServingStatus.NOT_SERVING);
    await(() -> status("") == ServingStatus.NOT_SERVING);
    healthy.set(true);
    await(() -> status("") == ServingStatus.SERVING);
  }

  @Test
  void anAddressInUseIsNamed() {
    assertThatThrownBy(() -> RpcServer.at(endpoint()).start())
        .isInstanceOf(IOException.class).hasMessageContaining(endpoint());
    assertThatThrownBy(() -> RpcServer.at("nowhere")).hasMessageContaining("nowhere");
  }

  private float[] kept(EmbeddingKey key) {
    return Objects.requireNonNull(kept.get(key)).values();
  }

  private ServingStatus status(String service) {
    return HealthGrpc.newBlockingStub(channel())
        .check(HealthCheckRequest.newBuilder().setService(service).build()).getStatus();
  }

  private void assertRefused(PutStart start, ByteString payload, String code, String words) {
    assertThatThrownBy(() -> send(start, payload).get(20, TimeUnit.SECONDS)).satisfies(e -> {
      ServiceError error = ServiceError.from(e);
      assertThat(error.code()).isEqualTo(code);
      assertThat(error.message()).contains(words);
    });
  }

  private CompletableFuture<Boolean> send(PutStart start, ByteString payload) {
    CompletableFuture<Boolean> result = new CompletableFuture<>();
    StreamObserver<PutRequest> requests = open(result);
    requests.onNext(PutRequest.newBuilder().setStart(start).build());
    requests.onNext(PutRequest.newBuilder().setChunk(payload).build());
    requests.onCompleted();
    return result;
  }

  private StreamObserver<PutRequest> open(CompletableFuture<Boolean> result) {
    return EmbeddingServiceGrpc.newStub(channel()).put(new Answer(result));
  }

  private ManagedChannel channel() {
    return channels.to(endpoint());
  }

  private String endpoint() {
    return new Endpoint(host, server.port()).toString();
  }

  private static PutStart.Builder start(byte[] hashed) {
    return PutStart.newBuilder().setKey(Embedding.key("clinic", new byte[32])).setModel("tiny").setTokens(1)
        .setHidden(1).setElementType(ElementType.ELEMENT_TYPE_FLOAT32)
        .setPayloadHash(ByteString.copyFrom(Sha256.of(hashed)));
  }

  private static Embedding embedding(int tokens, int hidden) {
    Random random = new Random(7);
    float[] values = new float[tokens * hidden];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat();
    }
    return new Embedding(Embedding.key("clinic", Sha256.of(new byte[]{7})), "tiny", tokens, hidden, values);
  }

  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(end);
      LockSupport.parkNanos(2_000_000);
    }
  }

  private record Answer(CompletableFuture<Boolean> result) implements StreamObserver<PutResponse> {
    @Override
    public void onNext(PutResponse response) {
      result.complete(response.getStored());
    }

    @Override
    public void onError(Throwable error) {
      result.completeExceptionally(error);
    }

    @Override
    public void onCompleted() {}
  }
}
