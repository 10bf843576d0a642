package org.clarion.vision.rpc;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.clarion.proto.v1.EmbeddingKey;
import org.clarion.proto.v1.PutStart;
import org.clarion.rpc.Embedding;
import org.clarion.rpc.EmbeddingReceiver;
import org.clarion.rpc.RpcServer;
import org.clarion.rpc.ServiceError;

/** An EmbeddingService over loopback that notes the order of arrival and can be told to refuse. */
final class Destination implements EmbeddingReceiver.Sink, AutoCloseable {
  final Map<EmbeddingKey, Embedding> kept = new ConcurrentHashMap<>();
  final AtomicInteger unavailable = new AtomicInteger();
  final AtomicInteger broken = new AtomicInteger();
  private final List<Integer> order;
  private final RpcServer server;

  Destination(List<Integer> order) throws IOException {
    this.order = order;
    this.server = RpcServer.at("127.0.0.1:0").grace(Duration.ofMillis(100))
        .service(new EmbeddingReceiver(this, EmbeddingReceiver.Limits.DEFAULT)).start();
  }

  String endpoint() {
    return "127.0.0.1:" + server.port();
  }

  @Override
  public void check(PutStart start) {
    if (unavailable.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
      throw new ServiceError.Unavailable("starting").toException();
    }
    if (broken.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
      throw new ServiceError.InvalidArgument("wrong_embedding", "of no use").toException();
    }
  }

  @Override
  public boolean store(Embedding embedding) {
    order.add(server.port());
    return kept.putIfAbsent(embedding.key(), embedding) == null;
  }

  @Override
  public void close() {
    server.close();
  }
}
