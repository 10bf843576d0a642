package org.clarion.gateway.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.clarion.gateway.tenant.ApiKeys;
import org.clarion.gateway.tenant.Tenant;
import org.clarion.proto.v1.FinishReason;
import org.clarion.proto.v1.GetSessionResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The key decides who asks; nobody sees what belongs to somebody else. */
class TenantsTest {
  @TempDir
  Path folder;
  private TestGateway gateway;
  private String north;
  private String south;

  @BeforeEach
  void start() throws Exception {
    Path file = folder.resolve("keys.yaml");
    north = ApiKeys.create(file, new Tenant("north"), "a");
    south = ApiKeys.create(file, new Tenant("south"), "b");
    gateway = new TestGateway(Optional.of(file), GatewayLimits.DEFAULT, List.of());
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  private HttpResponse<String> send(HttpRequest.Builder request, String key) throws Exception {
    return gateway.http.send(request.header("Authorization", "Bearer " + key).build(), BodyHandlers.ofString());
  }

  @Test
  void withoutAValidKeyNothingOfTheApiAnswers() throws Exception {
    for (String path : List.of("/v1/models", "/v1/models/m", "/v1/sessions/x")) {
      assertThat(gateway.get(path).statusCode()).as(path).isEqualTo(401);
      assertThat(send(gateway.request(path), "wrong").statusCode()).as(path).isEqualTo(401);
    }
    // Also in the middle of a long body: a client that is cut off while it sends sees no answer.
    assertThat(gateway.chat(TestGateway.chat("Hi".repeat(500_000), "")).statusCode()).isEqualTo(401);
    HttpResponse<String> refused = gateway.chat(TestGateway.chat("Hi", ""));
    assertThat(refused.statusCode()).isEqualTo(401);
    assertThat(refused.body()).contains("\"code\":\"invalid_api_key\"");
    assertThat(refused.headers().firstValue("www-authenticate")).contains("Bearer");
    assertThat(gateway.get("/health/live").statusCode()).isEqualTo(200);
    assertThat(gateway.get("/").statusCode()).isEqualTo(200);
  }

  @Test
  void theClinicComesFromTheKeyAndNotFromTheBody() throws Exception {
    HttpRequest.Builder request = gateway.request("/v1/chat/completions")
        .POST(HttpRequest.BodyPublishers.ofString(TestGateway.chat("Hi", ",\"tenant\":\"south\"")));
    assertThat(send(request, north).statusCode()).isEqualTo(200);
    assertThat(gateway.scheduler.calls.take().start.getTenant()).isEqualTo("north");
  }

  @Test
  void anotherClinicsSessionDoesNotExist() throws Exception {
    gateway.scheduler.sessions.put("north/ses-1",
        GetSessionResponse.newBuilder().setSessionId("ses-1").setModel("m").setTurns(2).setTokens(99).build());
    HttpResponse<String> own = send(gateway.request("/v1/sessions/ses-1"), north);
    assertThat(own.statusCode()).isEqualTo(200);
    assertThat(TestGateway.json(own.body()).path("turns").asInt()).isEqualTo(2);
    HttpResponse<String> other = send(gateway.request("/v1/sessions/ses-1"), south);
    HttpResponse<String> none = send(gateway.request("/v1/sessions/ses-2"), south);
    assertThat(other.statusCode()).isEqualTo(404);
    assertThat(other.body()).isEqualTo(none.body());
  }

  @Test
  void anotherClinicsGenerationCannotBeStopped() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    gateway.scheduler.script = call -> {
      call.placed(List.of());
      running.countDown();
      boolean stopped = call.stopped.await(20, TimeUnit.SECONDS);
      call.finish(stopped ? FinishReason.FINISH_REASON_CANCELLED : FinishReason.FINISH_REASON_LENGTH);
    };
    var answer = gateway.http.sendAsync(gateway.request("/v1/chat/completions")
        .header("Authorization", "Bearer " + north)
        .POST(HttpRequest.BodyPublishers.ofString(TestGateway.chat("Hi", ""))).build(), BodyHandlers.ofString());
    assertThat(running.await(10, TimeUnit.SECONDS)).isTrue();
    String id = gateway.scheduler.calls.take().start.getGenerationId();
    assertThat(send(gateway.request("/v1/generations/" + id).DELETE(), south).statusCode()).isEqualTo(404);
    assertThat(send(gateway.request("/v1/generations/" + id).DELETE(), north).statusCode()).isEqualTo(202);
    assertThat(answer.get(10, TimeUnit.SECONDS).body()).contains("\"finish_reason\":\"stop\"");
  }
}
