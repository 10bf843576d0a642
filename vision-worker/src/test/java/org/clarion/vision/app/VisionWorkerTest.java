package org.clarion.vision.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.stub.BlockingClientCall;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import org.clarion.proto.v1.EmbeddingKey;
import org.clarion.proto.v1.EncodeRequest;
import org.clarion.proto.v1.EncodeResponse;
import org.clarion.proto.v1.EncodeStart;
import org.clarion.proto.v1.PutStart;
import org.clarion.proto.v1.VisionServiceGrpc;
import org.clarion.rpc.Embedding;
import org.clarion.rpc.EmbeddingReceiver;
import org.clarion.rpc.RpcChannels;
import org.clarion.rpc.RpcServer;
import org.clarion.rpc.Sha256;
import org.junit.jupiter.api.Test;

/** The role with the tiny model over loopback. */
class VisionWorkerTest {
  private final Map<EmbeddingKey, Embedding> kept = new ConcurrentHashMap<>();

  @Test
  void aPictureBecomesAnEmbeddingAtItsDestination() throws Exception {
    byte[] pixels = new byte[3 * 56 * 56];
    new Random(3).nextBytes(pixels);
    EmbeddingReceiver receiver = new EmbeddingReceiver(new EmbeddingReceiver.Sink() {
      @Override
      public void check(PutStart start) {}

      @Override
      public boolean store(Embedding embedding) {
        return kept.putIfAbsent(embedding.key(), embedding) == null;
      }
    }, EmbeddingReceiver.Limits.DEFAULT);
    try (RpcServer destination = RpcServer.at("127.0.0.1:0").service(receiver).start();
        VisionWorker worker = VisionWorker.start(VisionWorkerConfig.parse(Map.of("bind", "127.0.0.1:0", "model", "tiny",
            "precision", "f32", "threads", 1)), new SimpleMeterRegistry());
        RpcChannels channels = new RpcChannels()) {
      BlockingClientCall<EncodeRequest, EncodeResponse> call = VisionServiceGrpc
          .newBlockingV2Stub(channels.to("127.0.0.1:" + worker.port())).encode();
      call.write(EncodeRequest.newBuilder().setStart(EncodeStart.newBuilder().setTenant("demo").setModel("tiny")
          .setSize(56).setImageHash(ByteString.copyFrom(Sha256.of(pixels)))
          .addDestinations("127.0.0.1:" + destination.port())).build());
      call.write(EncodeRequest.newBuilder().setPixels(ByteString.copyFrom(pixels)).build());
      call.halfClose();
      assertThat(Objects.requireNonNull(call.read()).hasReceived()).isTrue();
      EncodeResponse encoded = Objects.requireNonNull(call.read());
      assertThat(encoded.getEncoded().getTokens()).isEqualTo(8);
      assertThat(encoded.getEncoded().getHidden()).isEqualTo(64);
      assertThat(Objects.requireNonNull(call.read()).hasDelivered()).isTrue();
      assertThat(call.read()).isNull();
      float[] values = Objects.requireNonNull(kept.get(Embedding.key("demo", Sha256.of(pixels)))).values();
      for (float value : values) {
        assertThat(Float.isFinite(value)).isTrue();
      }
      assertThat(values[0]).isNotEqualTo(values[1]);
    }
  }
}
