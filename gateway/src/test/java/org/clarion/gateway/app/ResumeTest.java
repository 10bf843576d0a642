package org.clarion.gateway.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.clarion.gateway.app.FakeScheduler.Call;
import org.clarion.gateway.app.TestGateway.Event;
import org.clarion.proto.v1.Attached;
import org.clarion.proto.v1.FinishReason;
import org.clarion.proto.v1.GenerateStart;
import org.clarion.rpc.ServiceError;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Answers that outlive their scheduler, their gateway, or their client's connection. */
@Timeout(60)
class ResumeTest {
  private static TestGateway gateway;
  /** Generations as a scheduler knows them: requests by id. */
  private final Map<String, GenerateStart> known = new ConcurrentHashMap<>();

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
    gateway.scheduler.calls.clear();
  }

  /** A scheduler that knows its generations, whose answer is always the same tokens. */
  private FakeScheduler.Script telling(FinishReason reason, int... ids) {
    return call -> {
      if (call.attaches()) {
        GenerateStart start = known.get(call.attach.getTenant() + "/" + call.attach.getGenerationId());
        if (start == null) {
          call.refuse(new ServiceError.NotFound("generation_not_found", "there is no such generation"));
          return;
        }
        call.attached(Attached.newBuilder().setStart(start.toBuilder().clearSegments()).setCommitted(ids.length)
            .setEnded(true).build());
      } else {
        known.put(call.start.getTenant() + "/" + call.start.getGenerationId(), call.start);
        call.placed(List.of());
      }
      int from = Math.max(call.start.getFirstIndex(), call.attach.getFirstIndex());
      for (int id : Arrays.copyOfRange(ids, from, ids.length)) {
        if (call.start.getSampling().hasTopLogProbabilities()) {
          call.likelyTokens(id);
        } else {
          call.tokens(id);
        }
      }
      call.finish(reason, ids.length);
    };
  }

  private static void script(FakeScheduler.Script script) {
    gateway.scheduler.script = script;
    gateway.scheduler.attaching = script;
  }

  private static HttpResponse<String> stream(String more) throws Exception {
    HttpResponse<String> response = gateway.chat(TestGateway.chat("Hi", ",\"stream\":true" + more));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return response;
  }

  private static String id(HttpResponse<?> response) {
    return response.headers().firstValue("x-clarion-generation").orElseThrow();
  }

  private static HttpResponse<String> resume(String id, String query) throws Exception {
    return gateway.get("/v1/generations/" + id + "/events" + query);
  }

  private static String text(List<Event> events, long until) {
    return TestGateway.text(events.stream().filter(event -> event.id().orElse(Long.MAX_VALUE) <= until).toList());
  }

  @Test
  void aLostSchedulerIsNotNoticed() throws Exception {
    AtomicInteger tries = new AtomicInteger();
    gateway.scheduler.script = call -> {
      int attempt = tries.incrementAndGet();
      String words = "partial answer";
      int have = call.start.getFirstIndex();
      switch (attempt) {
        case 2, 4 -> call.redirect("");
        case 5 -> call.refuse(new ServiceError.Overloaded("the queue is full", Duration.ofSeconds(1)));
        default -> {
          call.placed(List.of());
          int until = attempt == 1 ? 3 : attempt == 3 ? 9 : words.length();
          call.tokens(ByteTokenizer.bytes(words.substring(have, until)));
          if (until < words.length()) {
            call.refuse(attempt == 1
                ? new ServiceError.Unavailable("the lease is lost")
                : new ServiceError.StaleEpoch(1, 2));
          } else {
            call.finish(FinishReason.FINISH_REASON_STOP, words.length());
          }
        }
      }
    };
    List<Event> events = TestGateway.events(stream("").body());
    assertThat(TestGateway.text(events)).isEqualTo("partial answer");
    assertThat(events.getLast().data()).isEqualTo("[DONE]");
    assertThat(events).noneMatch(event -> event.data().contains("error"));
    assertThat(gateway.scheduler.calls.stream().map(call -> call.start.getFirstIndex())).containsExactly(0, 3, 3, 9, 9,
        9);
    assertThat(gateway.scheduler.calls.stream().map(call -> call.start.getGenerationId()).distinct()).hasSize(1);
  }

  @Test
  void aHungSchedulerIsLeft() throws Exception {
    await().until(() -> gateway.get("/health/ready").statusCode() == 200);
    AtomicInteger tries = new AtomicInteger();
    CountDownLatch left = new CountDownLatch(1);
    gateway.scheduler.script = call -> {
      call.placed(List.of());
      if (tries.incrementAndGet() == 1) {
        call.tokens(ByteTokenizer.bytes("hang"));
        gateway.scheduler.hanging = true;
        if (call.cancelled.await(10, TimeUnit.SECONDS)) {
          left.countDown();
        }
      } else {
        gateway.scheduler.hanging = false;
        call.tokens(ByteTokenizer.bytes("s on"));
        call.finish(FinishReason.FINISH_REASON_STOP, 8);
      }
    };
    assertThat(TestGateway.text(TestGateway.events(stream("").body()))).isEqualTo("hangs on");
    assertThat(left.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void aSchedulerThatFailsWithoutProgressIsGivenUp() throws Exception {
    gateway.scheduler.script = call -> {
      call.placed(List.of());
      if (call.start.getFirstIndex() == 0) {
        call.tokens(ByteTokenizer.bytes("part"));
      }
      call.refuse(new ServiceError.Unavailable("again and again"));
    };
    List<Event> events = TestGateway.events(stream("").body());
    assertThat(TestGateway.text(events)).isEqualTo("part");
    assertThat(events.get(events.size() - 2).json().at("/error/message").asText()).contains("again and again");
  }

  @Test
  void imagesGoToTheNextOwnerOnlyIfTheyAreMissingThere() throws Exception {
    AtomicInteger tries = new AtomicInteger();
    gateway.scheduler.script = call -> {
      switch (tries.incrementAndGet()) {
        case 1 -> {
          // Nobody listens there: the picture does not arrive before the scheduler is lost.
          gateway.visions.forEach(vision -> vision.failing = true);
          call.placed(call.images(), "127.0.0.1:1");
          call.refuse(new ServiceError.Unavailable("lost"));
        }
        case 2 -> {
          gateway.visions.forEach(vision -> vision.failing = false);
          call.placed(call.images(), "127.0.0.1:2");
          call.tokens(ByteTokenizer.bytes("se"));
          boolean seen = false;
          for (int i = 0; i < 1_000 && !seen; i++) {
            for (FakeVision vision : gateway.visions) {
              var start = vision.encoded.poll(10, TimeUnit.MILLISECONDS);
              seen |= start != null && start.getDestinations(0).endsWith(":2");
            }
          }
          call.refuse(new ServiceError.Unavailable(seen ? "lost again" : "the picture did not come"));
        }
        default -> {
          call.placed(List.of());
          call.tokens(ByteTokenizer.bytes("en"));
          call.finish(FinishReason.FINISH_REASON_STOP, 4);
        }
      }
    };
    JsonNode answer = TestGateway.json(gateway.chat(TestGateway.picture(TestGateway.dataUrl(TestGateway.png())))
        .body());
    assertThat(answer.at("/choices/0/message/content").asText()).isEqualTo("seen");
  }

  @Test
  void aClientGoesOnAfterEveryEvent() throws Exception {
    int[] ids = ByteTokenizer.bytes("n\u00e9 \u6f22\u5b57 \ud83e\ude7a, half a stop: ## and");
    script(telling(FinishReason.FINISH_REASON_LENGTH, ids));
    HttpResponse<String> response = stream(",\"stop\":\"###\",\"stream_options\":{\"include_usage\":true}");
    List<Event> whole = TestGateway.events(response.body());
    String text = TestGateway.text(whole);
    for (int from = 0; from <= ids.length; from++) {
      HttpResponse<String> rest = resume(id(response), "?from=" + from);
      assertThat(rest.statusCode()).as(rest.body()).isEqualTo(200);
      List<Event> events = TestGateway.events(rest.body());
      int at = from;
      assertThat(events.stream().limit(events.size() - 1).map(event -> event.id().orElseThrow()))
          .isSorted().allMatch(id -> id >= at);
      assertThat(text).endsWith(TestGateway.text(events));
      if (from < ids.length && whole.stream().anyMatch(event -> event.id().orElse(-1L) == at)) {
        assertThat(text(whole, from) + TestGateway.text(events)).as("from %d", from).isEqualTo(text);
      }
      assertThat(events.get(events.size() - 3).json().at("/choices/0/finish_reason").asText()).isEqualTo("length");
      assertThat(events.get(events.size() - 2).json().at("/usage/completion_tokens").asInt()).isEqualTo(ids.length);
      for (String constant : List.of("id", "created", "model", "object", "session_id", "seed")) {
        assertThat(events.getFirst().json().path(constant)).isEqualTo(whole.getFirst().json().path(constant));
      }
    }
    assertThat(resume(id(response), "").body()).isEqualTo(resume(id(response), "?from=0").body());
  }

  @Test
  void whereAClientGoesOnIsSaidByItsHeaderFirst() throws Exception {
    script(telling(FinishReason.FINISH_REASON_STOP, ByteTokenizer.bytes("abcdef")));
    String id = id(stream(""));
    HttpResponse<String> rest = gateway.http.send(gateway.request("/v1/generations/" + id + "/events?from=1")
        .header("Last-Event-ID", "4").build(), BodyHandlers.ofString());
    assertThat(TestGateway.text(TestGateway.events(rest.body()))).isEqualTo("ef");
    assertThat(rest.headers().firstValue("x-clarion-generation")).contains(id);
    for (String wrong : List.of("-1", "x", "99999999999", "1.5")) {
      assertThat(resume(id, "?from=" + wrong).statusCode()).isEqualTo(400);
    }
    HttpResponse<String> beyond = resume(id, "?from=7");
    assertThat(beyond.statusCode()).isEqualTo(400);
    assertThat(beyond.body()).contains("from_invalid").contains("6 tokens");
  }

  @Test
  void stopStringsAndProbabilitiesAreToldAgainAlike() throws Exception {
    script(telling(FinishReason.FINISH_REASON_STOP, ByteTokenizer.bytes("before###after")));
    HttpResponse<String> response = stream(",\"stop\":\"###\"");
    for (int from = 0; from < 14; from++) {
      assertThat("before").endsWith(TestGateway.text(TestGateway.events(resume(id(response), "?from=" + from).body())));
    }
    script(telling(FinishReason.FINISH_REASON_STOP, ByteTokenizer.bytes("likely")));
    HttpResponse<String> likely = stream(",\"logprobs\":true,\"top_logprobs\":2");
    GenerateStart start = known.get("demo/" + id(likely));
    gateway.scheduler.attaching = call -> {
      call.attached(Attached.newBuilder().setStart(start).setCommitted(6).build());
      call.likelyTokens(ByteTokenizer.bytes("likely"));
      call.finish(FinishReason.FINISH_REASON_STOP);
    };
    List<Event> rest = TestGateway.events(resume(id(likely), "?from=2").body());
    int told = rest.stream().filter(event -> !event.data().equals("[DONE]"))
        .mapToInt(event -> event.json().at("/choices/0/logprobs/content").size()).sum();
    assertThat(TestGateway.text(rest)).isEqualTo("kely");
    assertThat(told).isEqualTo(4);
  }

  @Test
  void aCompletionIsToldAsOne() throws Exception {
    script(telling(FinishReason.FINISH_REASON_STOP, ByteTokenizer.bytes("plain")));
    HttpResponse<String> response = gateway.post("/v1/completions",
        "{\"model\":\"m\",\"prompt\":\"ab\",\"stream\":true}");
    List<Event> events = TestGateway.events(resume(id(response), "?from=2").body());
    StringBuilder text = new StringBuilder();
    events.stream().limit(events.size() - 1).forEach(event -> text.append(event.json().at("/choices/0/text").asText()));
    assertThat(text).hasToString("ain");
    assertThat(events.getFirst().json().path("object").asText()).isEqualTo("text_completion");
  }

  @Test
  void whatIsNotThereIsSaid() throws Exception {
    script(telling(FinishReason.FINISH_REASON_STOP, 1));
    assertThat(resume("chatcmpl-none", "").statusCode()).isEqualTo(404);
    assertThat(resume("chatcmpl-none", "").body()).contains("generation_not_found");
    gateway.scheduler.attaching = call -> call.attached(Attached.newBuilder().setEnded(true).setExpired(true)
        .setStart(GenerateStart.newBuilder().setModel("m").setSessionId("ses-1")).build());
    HttpResponse<String> gone = resume("chatcmpl-old", "?from=5");
    assertThat(gone.statusCode()).isEqualTo(410);
    assertThat(gone.body()).contains("generation_expired").contains("/v1/sessions/ses-1");
    gateway.scheduler.attaching = call -> call.attached(Attached.newBuilder()
        .setStart(GenerateStart.newBuilder().setModel("unheard-of")).build());
    assertThat(resume("chatcmpl-other", "").statusCode()).isEqualTo(404);
    gateway.scheduler.attaching = call -> call.refuse(new ServiceError.FailedPrecondition("image_lost", "no image"));
    assertThat(resume("chatcmpl-image", "").statusCode()).isEqualTo(409);
  }

  @Test
  void aGenerationOfAnotherGatewayCanBeStopped() throws Exception {
    CountDownLatch stopped = new CountDownLatch(1);
    gateway.scheduler.attaching = call -> {
      call.attached(Attached.newBuilder().setStart(GenerateStart.newBuilder().setModel("m")).setCommitted(3).build());
      if (call.stopped.await(10, TimeUnit.SECONDS)) {
        stopped.countDown();
        call.finish(FinishReason.FINISH_REASON_CANCELLED);
      }
    };
    assertThat(delete("chatcmpl-away").statusCode()).isEqualTo(202);
    assertThat(stopped.await(10, TimeUnit.SECONDS)).isTrue();
    script(telling(FinishReason.FINISH_REASON_STOP, 1));
    assertThat(delete("chatcmpl-none").statusCode()).isEqualTo(404);
  }

  private static HttpResponse<String> delete(String id) throws Exception {
    return gateway.http.send(gateway.request("/v1/generations/" + id).DELETE().build(), BodyHandlers.ofString());
  }

  @Test
  void aGatewayThatStopsSendsItsReadersElsewhere() throws Exception {
    try (TestGateway stopping = new TestGateway()) {
      stopping.scheduler.script = call -> {
        call.placed(List.of());
        call.tokens(ByteTokenizer.bytes("part"));
        call.cancelled.await(30, TimeUnit.SECONDS);
      };
      HttpResponse<InputStream> response = stopping.http.send(stopping.request("/v1/chat/completions")
          .POST(HttpRequest.BodyPublishers.ofString(TestGateway.chat("Hi", ",\"stream\":true"))).build(),
          BodyHandlers.ofInputStream());
      Call call = stopping.scheduler.next();
      StringBuilder all = new StringBuilder();
      BufferedReader lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
      while (!all.toString().contains("part")) {
        all.append(lines.readLine()).append("\n");
      }
      Thread.ofVirtual().start(stopping.gateway::close);
      lines.lines().forEach(line -> all.append(line).append("\n"));
      assertThat(all.toString()).contains("retry: ").doesNotContain("[DONE]").doesNotContain("error");
      assertThat(call.cancelled.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(call.stopped.getCount()).as("nobody said that it is to end").isEqualTo(1);
    }
  }
}
