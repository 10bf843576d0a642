package org.clarion.gateway.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.clarion.proto.v1.EncodeStart;
import org.clarion.proto.v1.FinishReason;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of pictures when vision workers break, hang and come back. */
@Timeout(60)
class VisionFailureTest {
  private TestGateway gateway;

  @BeforeEach
  void start() throws IOException {
    gateway = new TestGateway();
    gateway.scheduler.script = call -> {
      call.placed(call.images(), "127.0.0.1:1");
      EncodeStart seen = null;
      while (seen == null && !call.cancelled.await(0, TimeUnit.MILLISECONDS)) {
        for (FakeVision vision : gateway.visions) {
          seen = seen == null ? vision.encoded.poll(5, TimeUnit.MILLISECONDS) : seen;
        }
      }
      call.finish(FinishReason.FINISH_REASON_STOP);
    };
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  private HttpResponse<String> ask() throws Exception {
    return gateway.chat(TestGateway.picture(TestGateway.dataUrl(TestGateway.png())));
  }

  private FakeVision favourite() throws Exception {
    assertThat(ask().statusCode()).isEqualTo(200);
    return gateway.visions.stream().filter(vision -> vision.calls.get() > 0).findAny().orElseThrow();
  }

  @Test
  void anImageThatAHangingWorkerHasGoesToTheNext() throws Exception {
    FakeVision hanging = favourite();
    hanging.hanging = true;
    assertThat(ask().statusCode()).isEqualTo(200);
    assertThat(hanging.calls).as("it was asked and gave no answer").hasValue(2);
  }

  @Test
  void imagesWaitForAWorkerThatIsStartingAnew() throws Exception {
    gateway.visions.forEach(vision -> vision.failing = true);
    CompletableFuture<Integer> status = CompletableFuture.supplyAsync(() -> {
      try {
        return ask().statusCode();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    });
    await().until(() -> gateway.visions.stream().allMatch(vision -> vision.calls.get() > 0));
    gateway.visions.forEach(vision -> vision.failing = false);
    assertThat(status.get(20, TimeUnit.SECONDS)).isEqualTo(200);
  }

  @Test
  void aWorkerThatFailsAgainAndAgainIsLeftAlone() throws Exception {
    FakeVision broken = favourite();
    broken.failing = true;
    for (int i = 0; i < 30; i++) {
      assertThat(ask().statusCode()).isEqualTo(200);
    }
    assertThat(broken.calls.get()).as("calls of a worker whose circuit is open").isLessThan(20);
    assertThat(List.of(gateway.get("/metrics").body().split("\n"))).anyMatch(line -> line.startsWith(
        "resilience4j_circuitbreaker_state") && line.contains("open"));
  }
}
