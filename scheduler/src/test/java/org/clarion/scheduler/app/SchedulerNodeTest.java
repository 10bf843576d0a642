package org.clarion.scheduler.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.clarion.proto.v1.PromptSegment;
import org.clarion.rpc.RpcChannels;
import org.clarion.rpc.RpcServer;
import org.clarion.scheduler.cluster.memory.MemoryCluster;
import org.clarion.scheduler.rpc.Client;
import org.clarion.scheduler.rpc.FakeWorker;
import org.junit.jupiter.api.Test;

/** Schedulers as they run, over real connections, with fake ranks. */
class SchedulerNodeTest {
  private static final List<PromptSegment> PROMPT = List.of(Client.words(20, 5));

  private static SchedulerConfig config(List<String> ranks) {
    return SchedulerConfig.parse(Map.of(
        "replica", Map.of("id", "r0", "model", "fake", "ranks", ranks),
        "times", Map.of("lease", "1s", "drain", "1s")));
  }

  private static List<Integer> answer(int maxTokens) {
    List<Integer> prefix = new ArrayList<>(PROMPT.getFirst().getTokens().getIdsList());
    List<Integer> answer = new ArrayList<>();
    while (answer.size() < maxTokens && FakeWorker.next(prefix) != 2) {
      answer.add(FakeWorker.next(prefix));
      prefix.add(answer.getLast());
    }
    return answer;
  }

  @Test
  void oneOwnsAndTheOtherTakesOver() throws Exception {
    MemoryCluster memory = new MemoryCluster(InstantSource.system(), Duration.ofMinutes(5), Duration.ofMinutes(5));
    FakeWorker worker = new FakeWorker(1024, 256);
    try (RpcServer rank = RpcServer.at("127.0.0.1:0").service(worker).service(worker.embeddings()).start();
        RpcChannels channels = new RpcChannels()) {
      SchedulerConfig config = config(List.of("127.0.0.1:" + rank.port()));
      SchedulerNode first = SchedulerNode.start(config, memory.join(), new SimpleMeterRegistry());
      await().until(() -> answers(channels, first));
      try (SchedulerNode second = SchedulerNode.start(config, memory.join(), new SimpleMeterRegistry())) {
        assertThat(second.healthy()).isTrue();
        Client redirected = Client.start(channels.to(second.advertised()),
            Client.question("a", "s", PROMPT, 10).build());
        assertThat(redirected.redirect.get(10, TimeUnit.SECONDS).getEndpoint()).isEqualTo(first.advertised());

        worker.steps.drainPermits();
        var start = Client.question("a", "s", PROMPT, 60);
        Client client = Client.start(channels.to(first.advertised()), start.build());
        worker.steps.release(5);
        await().until(() -> client.tokens().size() >= 2);
        first.close();
        worker.steps.release(100_000);
        assertThat(client.awaitError().code()).isEqualTo("unavailable");
        await().until(() -> answers(channels, second));
        Client resumed = Client.start(channels.to(second.advertised()), start.build());
        resumed.awaitFinished();
        assertThat(resumed.tokens()).isEqualTo(answer(60));
        assertThat(resumed.tokens()).startsWith(client.tokens().toArray(Integer[]::new));
      } finally {
        first.close();
      }
    }
  }

  /** Whether the scheduler owns a replica that serves. */
  private static boolean answers(RpcChannels channels, SchedulerNode node) throws Exception {
    Client probe = Client.start(channels.to(node.advertised()),
        Client.question("probe", "s" + System.nanoTime(), List.of(Client.words(2, 1)), 1).build());
    return probe.finished.handle((done, error) -> error == null).get(10, TimeUnit.SECONDS);
  }
}
