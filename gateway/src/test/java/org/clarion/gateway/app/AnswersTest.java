package org.clarion.gateway.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.clarion.gateway.app.TestGateway.Event;
import org.clarion.proto.v1.EncodeStart;
import org.clarion.proto.v1.FinishReason;
import org.clarion.proto.v1.GenerateStart;
import org.clarion.rpc.ServiceError;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** From request to answer through a real server, real gRPC and fake roles. */
@Timeout(60)
class AnswersTest {
  private static TestGateway gateway;

  @BeforeAll
  static void start() throws IOException {
    gateway = new TestGateway();
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @BeforeEach
  void reset() {
    gateway.scheduler.script = call -> call.answer("ok");
    gateway.scheduler.calls.clear();
    gateway.visions.forEach(vision -> vision.failing = false);
  }

  private FakeScheduler.Call call() throws InterruptedException {
    return gateway.scheduler.next();
  }

  private List<Event> stream(String question, String more) throws Exception {
    HttpResponse<String> response = gateway.chat(TestGateway.chat(question, ",\"stream\":true" + more));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(response.headers().firstValue("content-type").orElse("")).startsWith("text/event-stream");
    return TestGateway.events(response.body());
  }

  @Test
  void aStreamLooksAsClientsExpect() throws Exception {
    List<Event> events = stream("Hi", "");
    assertThat(events.getLast().data()).isEqualTo("[DONE]");
    List<JsonNode> chunks = events.stream().limit(events.size() - 1).map(Event::json).toList();
    assertThat(chunks.getFirst().at("/choices/0/delta/role").asText()).isEqualTo("assistant");
    for (String constant : List.of("id", "created", "model", "object", "session_id")) {
      assertThat(chunks.stream().map(chunk -> chunk.path(constant).asText()).distinct()).as(constant).hasSize(1);
    }
    for (JsonNode chunk : chunks.subList(0, chunks.size() - 1)) {
      assertThat(chunk.at("/choices/0/finish_reason").isNull()).isTrue();
      assertThat(chunk.has("usage")).isFalse();
    }
    assertThat(chunks.getLast().at("/choices/0/finish_reason").asText()).isEqualTo("stop");
    assertThat(TestGateway.text(events)).isEqualTo("ok");
    List<Long> ids = events.stream().limit(events.size() - 1).map(event -> event.id().orElseThrow()).toList();
    assertThat(ids).as("tokens told").isSorted().startsWith(0L).endsWith(2L);
  }

  @Test
  void usageComesOnceAndOnlyWhenAsked() throws Exception {
    List<Event> events = stream("Hi", ",\"stream_options\":{\"include_usage\":true}");
    JsonNode last = events.get(events.size() - 2).json();
    assertThat(last.path("choices")).isEmpty();
    assertThat(last.at("/usage/completion_tokens").asInt()).isEqualTo(2);
    assertThat(last.at("/usage/prompt_tokens_details/cached_tokens").asInt()).isEqualTo(3);
    assertThat(events.stream().limit(events.size() - 2).allMatch(event -> event.json().path("usage").isNull()))
        .isTrue();
    assertThat(stream("Hi", ",\"stream_options\":{}").stream().noneMatch(event -> event.data().contains("usage")))
        .isTrue();
    assertThat(gateway.chat(TestGateway.chat("Hi", ",\"stream_options\":{\"include_usage\":true}")).statusCode())
        .isEqualTo(200);
  }

  @Test
  void aWholeAnswerCarriesUsageAndSession() throws Exception {
    HttpResponse<String> response = gateway.chat(TestGateway.chat("Hi", ",\"user\":\"x\",\"unheard_of\":[1]"));
    JsonNode answer = TestGateway.json(response.body());
    assertThat(answer.at("/choices/0/message/content").asText()).isEqualTo("ok");
    assertThat(answer.at("/usage/prompt_tokens").asInt()).isEqualTo(call().promptTokens());
    assertThat(answer.path("session_id").asText())
        .isEqualTo(response.headers().firstValue("x-clarion-session").orElse(""));
    assertThat(answer.path("id").asText()).startsWith("chatcmpl-");
  }

  @Test
  void samplingAndLimitsReachTheScheduler() throws Exception {
    gateway.chat(TestGateway.chat("Hi", ",\"temperature\":0.5,\"top_p\":0.25,\"top_k\":7,\"seed\":-9,\"max_tokens\":11,"
        + "\"max_completion_tokens\":12"));
    GenerateStart start = call().start;
    assertThat(start.getTenant()).isEqualTo("demo");
    assertThat(start.getContinuesSession()).isFalse();
    assertThat(start.getMaxTokens()).isEqualTo(12);
    assertThat(start.getSampling().getTemperature()).isEqualTo(0.5f);
    assertThat(start.getSampling().getTopP()).isEqualTo(0.25f);
    assertThat(start.getSampling().getTopK()).isEqualTo(7);
    assertThat(start.getSampling().getSeed()).isEqualTo(-9);
    assertThat(start.getStopTokenIdsList()).containsExactly(ByteTokenizer.END);
    gateway.chat(TestGateway.chat("Hi", ",\"max_tokens\":100000"));
    FakeScheduler.Call capped = call();
    assertThat(capped.start.getMaxTokens()).isEqualTo(TestGateway.CONTEXT - capped.promptTokens());
    gateway.chat(TestGateway.chat("Hi", ""));
    assertThat(call().start.getMaxTokens()).isEqualTo(50);
  }

  @Test
  void aSessionIsContinuedByItsLastMessageOnly() throws Exception {
    String id = gateway.chat(TestGateway.chat("One", "")).headers().firstValue("x-clarion-session").orElseThrow();
    call();
    HttpResponse<String> response = gateway.chat("{\"model\":\"m\",\"session_id\":\"" + id + "\",\"messages\":["
        + "{\"role\":\"user\",\"content\":\"One\"},{\"role\":\"assistant\",\"content\":\"ok\"},"
        + "{\"role\":\"user\",\"content\":\"Two\"}]}");
    assertThat(response.statusCode()).isEqualTo(200);
    FakeScheduler.Call call = call();
    assertThat(call.start.getSessionId()).isEqualTo(id);
    assertThat(call.start.getContinuesSession()).isTrue();
    String prompt = new ByteTokenizer().decode(
        call.start.getSegments(0).getTokens().getIdsList().stream().mapToInt(Integer::intValue).toArray());
    assertThat(prompt).contains("Two").doesNotContain("One");
  }

  @Test
  void completionsTakeTextAndTokenIds() throws Exception {
    for (String prompt : List.of("\"ab\"", "[\"ab\"]", "[97,98]", "[[97,98]]")) {
      HttpResponse<String> response = gateway.post("/v1/completions",
          "{\"model\":\"m\",\"ignore_eos\":true,\"prompt\":" + prompt + "}");
      assertThat(TestGateway.json(response.body()).at("/choices/0/text").asText()).isEqualTo("ok");
      GenerateStart start = call().start;
      assertThat(start.getSegments(0).getTokens().getIdsList()).containsExactly(97, 98);
      assertThat(start.getStopTokenIdsList()).isEmpty();
      assertThat(start.getMaxTokens()).isEqualTo(16);
    }
    List<Event> events = TestGateway.events(gateway.post("/v1/completions",
        "{\"model\":\"m\",\"prompt\":\"ab\",\"stream\":true,\"stream_options\":{\"include_usage\":true}}").body());
    assertThat(events.getFirst().json().at("/choices/0/text").asText()).isNotEmpty();
    assertThat(events.getFirst().json().path("object").asText()).isEqualTo("text_completion");
    assertThat(events.getLast().data()).isEqualTo("[DONE]");
  }

  @Test
  void aStopStringOverTokenBordersNeverShows() throws Exception {
    gateway.scheduler.script = call -> {
      call.placed(List.of());
      call.tokens(ByteTokenizer.word("Hello"));
      call.tokens(ByteTokenizer.word(" wor"));
      call.tokens(ByteTokenizer.word("ld ##"));
      call.tokens(ByteTokenizer.word("# tail"));
      call.tokens(ByteTokenizer.word("Hello"));
      int kept = call.ends.poll(10, TimeUnit.SECONDS) == null ? -1 : 2;
      call.finish(FinishReason.FINISH_REASON_STOP, kept);
    };
    List<Event> events = stream("Hi", ",\"stop\":[\"###\",\"never\"],\"stream_options\":{\"include_usage\":true}");
    assertThat(TestGateway.text(events)).isEqualTo("Hello world ");
    assertThat(events.get(events.size() - 2).json().at("/usage/completion_tokens").asInt()).isEqualTo(2);
    // The model's own stop text works the same, and ignore_eos switches it off.
    String body = TestGateway.chat("Hi", "").replace("\"m\"", "\"hash\"");
    assertThat(gateway.chat(body).body()).contains("Hello world \"");
    gateway.scheduler.script = call -> {
      call.placed(List.of());
      call.tokens(ByteTokenizer.bytes("a###b"));
      call.finish(FinishReason.FINISH_REASON_LENGTH);
    };
    JsonNode whole = TestGateway.json(gateway.chat(body.replace("}]}", "}],\"ignore_eos\":true}")).body());
    assertThat(whole.at("/choices/0/message/content").asText()).isEqualTo("a###b");
    assertThat(whole.at("/choices/0/finish_reason").asText()).isEqualTo("length");
  }

  @Test
  void endAtKeepsTheTokensWhollyBeforeTheStopString() throws Exception {
    gateway.scheduler.script = call -> {
      call.placed(List.of());
      call.tokens(ByteTokenizer.word("Hello"), ByteTokenizer.word(" wor"), ByteTokenizer.word("ld ##"));
      call.tokens(ByteTokenizer.word("# tail"));
      var end = call.ends.poll(10, TimeUnit.SECONDS);
      call.finish(FinishReason.FINISH_REASON_STOP, end == null ? -1 : end.getKeptTokens());
    };
    JsonNode answer = TestGateway.json(gateway.chat(TestGateway.chat("Hi", ",\"stop\":\"###\"")).body());
    assertThat(answer.at("/usage/completion_tokens").asInt()).isEqualTo(2);
  }

  @Test
  void charactersSplitOverTokensAreShownWhole() throws Exception {
    gateway.scheduler.script = call -> call.answer("né 漢字 \uD83E\uDE7A.");
    List<Event> events = stream("Hi", "");
    assertThat(TestGateway.text(events)).isEqualTo("né 漢字 \uD83E\uDE7A.");
    assertThat(events.stream().noneMatch(event -> event.data().contains("\uFFFD"))).isTrue();
    gateway.scheduler.script = call -> {
      call.placed(List.of());
      call.tokens(0xC3);
      call.finish(FinishReason.FINISH_REASON_LENGTH);
    };
    assertThat(TestGateway.text(stream("Hi", ""))).isEqualTo("\uFFFD");
  }

  @Test
  void missingImagesGoToAVisionWorkerAndAFailingOneIsPassedOver() throws Exception {
    gateway.scheduler.script = call -> {
      call.placed(call.images(), "127.0.0.1:1", "127.0.0.1:2");
      call.tokens(ByteTokenizer.bytes("seen"));
      EncodeStart done = null;
      for (int i = 0; i < 1_000 && done == null; i++) {
        for (FakeVision vision : gateway.visions) {
          done = done == null ? vision.encoded.poll(10, TimeUnit.MILLISECONDS) : done;
        }
      }
      call.finish(done == null ? FinishReason.FINISH_REASON_LENGTH : FinishReason.FINISH_REASON_STOP,
          done == null ? 0 : done.getDestinationsCount());
    };
    String body = TestGateway.picture(TestGateway.dataUrl(TestGateway.png()));
    for (int broken = -1; broken < 2; broken++) {
      for (int i = 0; i < 2; i++) {
        gateway.visions.get(i).failing = i == broken;
      }
      JsonNode answer = TestGateway.json(gateway.chat(body).body());
      assertThat(answer.at("/choices/0/finish_reason").asText()).isEqualTo("stop");
      assertThat(answer.at("/usage/completion_tokens").asInt()).isEqualTo(2);
      assertThat(call().start.getSegmentsList()).anyMatch(segment -> segment.getImage().getTokens() == 8);
    }
    gateway.visions.forEach(vision -> vision.failing = true);
    gateway.scheduler.script = call -> {
      call.placed(call.images(), "127.0.0.1:1");
      assertThat(call.cancelled.await(10, TimeUnit.SECONDS)).isTrue();
    };
    assertThat(gateway.chat(body).statusCode()).isEqualTo(503);
    List<Event> events = TestGateway
        .events(gateway.chat(body.substring(0, body.length() - 1) + ",\"stream\":true}").body());
    assertThat(events.get(events.size() - 2).json().at("/error/code").asText()).isEqualTo("unavailable");
    assertThat(events.getLast().data()).isEqualTo("[DONE]");
  }

  @Test
  void anErrorAfterTheStatusTravelsInTheStream() throws Exception {
    gateway.scheduler.script = call -> {
      call.placed(List.of());
      call.tokens(ByteTokenizer.bytes("par"));
      call.refuse(new ServiceError.DeadlineExceeded("the time is over"));
    };
    List<Event> events = stream("Hi", "");
    assertThat(TestGateway.text(events)).isEqualTo("par");
    assertThat(events.get(events.size() - 2).json().at("/error/message").asText()).contains("the time is over");
    assertThat(events.getLast().data()).isEqualTo("[DONE]");
    assertThat(gateway.chat(TestGateway.chat("Hi", "")).statusCode()).isEqualTo(504);
  }

  @Test
  void aRedirectIsFollowedAndUnavailableSchedulersArePassedOver() throws Exception {
    AtomicInteger tries = new AtomicInteger();
    List<Boolean> routed = new CopyOnWriteArrayList<>();
    gateway.scheduler.script = call -> {
      routed.add(call.start.getRouted());
      switch (tries.incrementAndGet()) {
        case 1 -> call.redirect("");
        case 2 -> call.refuse(new ServiceError.Unavailable("starting"));
        // An endpoint where nobody listens: the gateway comes back by itself.
        case 3 -> call.redirect("127.0.0.1:1");
        default -> call.answer("there");
      }
    };
    assertThat(gateway.chat(TestGateway.chat("Hi", "")).body()).contains("there");
    assertThat(tries).hasValue(4);
    assertThat(routed).as("a scheduler that was named does not choose again").containsExactly(false, false, false,
        true);
    gateway.scheduler.script = call -> call.redirect("");
    HttpResponse<String> none = gateway.chat(TestGateway.chat("Hi", ""));
    assertThat(none.statusCode()).isEqualTo(503);
    assertThat(none.headers().firstValue("retry-after")).isPresent();
  }

  @Test
  void aDeadFirstSchedulerIsPassedOver() throws Exception {
    try (TestGateway other = new TestGateway(Optional.empty(), GatewayLimits.DEFAULT, List.of("127.0.0.1:1"))) {
      assertThat(other.chat(TestGateway.chat("Hi", "")).body()).contains("ok");
    }
  }

  @Test
  void disconnectingCancelsTheCall() throws Exception {
    CountDownLatch cancelled = new CountDownLatch(1);
    gateway.scheduler.script = call -> {
      call.placed(List.of());
      call.tokens(ByteTokenizer.bytes("part"));
      if (call.cancelled.await(20, TimeUnit.SECONDS)) {
        cancelled.countDown();
      }
    };
    HttpResponse<InputStream> response = gateway.http.send(gateway.request("/v1/chat/completions")
        .POST(HttpRequest.BodyPublishers.ofString(TestGateway.chat("Hi", ",\"stream\":true"))).build(),
        BodyHandlers.ofInputStream());
    assertThat(response.body().read()).isPositive();
    response.body().close();
    assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void disconnectingBeforeAWholeAnswerCancelsTheCallToo() throws Exception {
    CountDownLatch cancelled = new CountDownLatch(1);
    CountDownLatch running = new CountDownLatch(1);
    gateway.scheduler.script = call -> {
      call.placed(List.of());
      call.tokens(ByteTokenizer.bytes("part"));
      running.countDown();
      if (call.cancelled.await(20, TimeUnit.SECONDS)) {
        cancelled.countDown();
      }
    };
    byte[] body = TestGateway.chat("Hi", "").getBytes(StandardCharsets.US_ASCII);
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), gateway.gateway.port())) {
      socket.getOutputStream().write(("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: " + body.length
          + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().write(body);
      assertThat(running.await(10, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(cancelled.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void stopEndsTheWorkAndKeepsThePartialAnswer() throws Exception {
    gateway.scheduler.script = call -> {
      call.placed(List.of());
      call.tokens(ByteTokenizer.bytes("partial"));
      boolean stopped = call.stopped.await(20, TimeUnit.SECONDS);
      call.finish(stopped ? FinishReason.FINISH_REASON_CANCELLED : FinishReason.FINISH_REASON_LENGTH);
    };
    HttpResponse<InputStream> response = gateway.http.send(gateway.request("/v1/chat/completions")
        .POST(HttpRequest.BodyPublishers.ofString(TestGateway.chat("Hi", ",\"stream\":true"))).build(),
        BodyHandlers.ofInputStream());
    String id = response.headers().firstValue("x-clarion-generation").orElseThrow();
    assertThat(gateway.http.send(gateway.request("/v1/generations/" + id).DELETE().build(), BodyHandlers.ofString())
        .statusCode()).isEqualTo(202);
    List<Event> events = TestGateway.events(new String(response.body().readAllBytes(), StandardCharsets.UTF_8));
    assertThat(TestGateway.text(events)).isEqualTo("partial");
    assertThat(events.get(events.size() - 2).json().at("/choices/0/finish_reason").asText()).isEqualTo("stop");
    assertThat(gateway.http.send(gateway.request("/v1/generations/" + id).DELETE().build(), BodyHandlers.ofString())
        .statusCode()).isEqualTo(404);
  }

  @Test
  void anIdleStreamIsKeptOpenByComments() throws Exception {
    gateway.scheduler.script = call -> {
      call.placed(List.of());
      TimeUnit.MILLISECONDS.sleep(700);
      call.tokens(ByteTokenizer.bytes("late"));
      call.finish(FinishReason.FINISH_REASON_STOP);
    };
    String body = gateway.chat(TestGateway.chat("Hi", ",\"stream\":true")).body();
    assertThat(body).contains(": keep-alive\n\n");
    assertThat(TestGateway.text(TestGateway.events(body))).isEqualTo("late");
  }

  /** The reader takes nothing: what the gateway holds is bounded, and the scheduler's stream is held back. */
  @Test
  void aSlowReaderHoldsTheSchedulerBackAndLosesNothing() throws Exception {
    String piece = "0123456789abcdef".repeat(64);
    int messages = 40_000;
    AtomicInteger sent = new AtomicInteger();
    CountDownLatch blocked = new CountDownLatch(1);
    gateway.scheduler.script = call -> {
      call.placed(List.of());
      int[] ids = ByteTokenizer.bytes(piece);
      int waited = 0;
      while (sent.get() < messages && waited < 20_000) {
        if (call.ready()) {
          call.tokens(ids);
          sent.incrementAndGet();
          waited = 0;
        } else {
          TimeUnit.MILLISECONDS.sleep(1);
          if (++waited == 500) {
            blocked.countDown();
          }
        }
        if (blocked.getCount() == 0) {
          break;
        }
      }
      call.finish(FinishReason.FINISH_REASON_LENGTH);
    };
    try (Socket socket = new Socket()) {
      socket.setReceiveBufferSize(4096);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), gateway.gateway.port()));
      socket.setSoTimeout(30_000);
      byte[] body = TestGateway.chat("Hi", ",\"stream\":true").getBytes(StandardCharsets.UTF_8);
      OutputStream out = socket.getOutputStream();
      out.write(("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " + body.length
          + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      out.write(body);
      assertThat(blocked.await(30, TimeUnit.SECONDS)).as("messages sent: %s", sent).isTrue();
      assertThat(sent.get()).isLessThan(messages);
      String all = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(all).contains("[DONE]");
      long characters = all.chars().filter(c -> c == 'f').count();
      assertThat(characters).isGreaterThanOrEqualTo(64L * sent.get());
    }
  }

  @Test
  void healthReadinessModelsMetricsAndPageAnswer() throws Exception {
    assertThat(gateway.get("/health/live").statusCode()).isEqualTo(200);
    await().atMost(Duration.ofSeconds(10)).until(() -> gateway.get("/health/ready").statusCode() == 200);
    JsonNode models = TestGateway.json(gateway.get("/v1/models").body());
    assertThat(models.at("/data/0/id").asText()).isEqualTo("m");
    assertThat(models.at("/data/0/images").asBoolean()).isTrue();
    gateway.chat(TestGateway.chat("Hi", ""));
    await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> assertThat(gateway.get("/metrics").body())
        .contains("clarion_http_requests_total{route=\"/v1/chat/completions\",status=\"200\"}")
        .contains("clarion_time_to_first_token_seconds_count{tenant=\"demo\"}")
        .contains("clarion_request_seconds_bucket"));
    HttpResponse<String> page = gateway.get("/");
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.body()).contains("<html");
    assertThat(page.headers().firstValue("content-security-policy").orElse("")).contains("default-src 'none'");
    assertThat(page.headers().firstValue("x-content-type-options")).contains("nosniff");
  }
}
