package org.clarion.llm.rpc;

import io.grpc.ForwardingServerCallListener;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.clarion.llm.core.PlanLimits;
import org.clarion.llm.exec.CurrentCollective;
import org.clarion.llm.exec.Embeddings;
import org.clarion.llm.exec.FakeEngine;
import org.clarion.llm.exec.Formats;
import org.clarion.llm.exec.RankGroup;
import org.clarion.llm.exec.StepExecutor;
import org.clarion.llm.exec.StepMetrics;
import org.clarion.rpc.Deadlines;
import org.clarion.rpc.EmbeddingReceiver;
import org.clarion.rpc.ProgressMonitor;
import org.jspecify.annotations.Nullable;

/** A rank with a fake engine behind in-process gRPC. */
final class TestRank implements AutoCloseable {
  static final int ARENA = 1000;
  static final int IMAGE_TOKENS = 4;
  static final int DEPTH = 3;

  final FakeEngine engine;
  final Embeddings embeddings = new Embeddings(4L * IMAGE_TOKENS * 3);
  final ProgressMonitor progress = new ProgressMonitor(Duration.ofSeconds(30), Duration.ofSeconds(30));
  final StepExecutor executor;
  final ManagedChannel channel;
  /** Calls whose cancellation the server has dealt with. */
  final AtomicInteger cancelled = new AtomicInteger();
  private final Server server;

  TestRank(RankGroup group) throws IOException {
    this(group, null);
  }

  TestRank(RankGroup group, @Nullable Formats formats) throws IOException {
    CurrentCollective collective = new CurrentCollective(group);
    AtomicReference<FakeEngine> made = new AtomicReference<>();
    executor = StepExecutor.start(new StepExecutor.Parts(collective, () -> {
      made.set(new FakeEngine(collective, ARENA));
      return made.get();
    }, embeddings, 1, 64, DEPTH, progress, new StepMetrics(new SimpleMeterRegistry(), group.rank())));
    engine = made.get();
    WorkerIdentity identity = new WorkerIdentity("tiny", group.rank(), group.size(), 1,
        new PlanLimits(ARENA, FakeEngine.VOCABULARY, 200, IMAGE_TOKENS, 16));
    String name = InProcessServerBuilder.generateName();
    server = InProcessServerBuilder.forName(name)
        .addService(new ExecuteService(executor, identity, DEPTH, () -> 1, formats))
        .addService(new EmbeddingReceiver(new EmbeddingIntake(identity, embeddings), EmbeddingReceiver.Limits.DEFAULT))
        .intercept(new CancelCount(cancelled)).intercept(Deadlines.server()).build().start();
    channel = InProcessChannelBuilder.forName(name).intercept(Deadlines.client()).build();
  }

  @Override
  public void close() {
    channel.shutdownNow();
    engine.gated.set(false);
    engine.permits.release(100);
    executor.close();
    server.shutdownNow();
  }

  private record CancelCount(AtomicInteger count) implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(ServerCall<Q, R> call, Metadata headers,
        ServerCallHandler<Q, R> next) {
      return new ForwardingServerCallListener.SimpleForwardingServerCallListener<>(next.startCall(call, headers)) {
        @Override
        public void onCancel() {
          super.onCancel();
          count.incrementAndGet();
        }
      };
    }
  }
}
