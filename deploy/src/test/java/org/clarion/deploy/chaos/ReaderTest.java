package org.clarion.deploy.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReaderTest {
  private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
  private final List<Script> scripts = Collections.synchronizedList(new ArrayList<>());
  private HttpServer server;

  /** What the server answers to one request; a stream without an end was cut off by something between. */
  private record Script(int status, String body) {}

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 8);
    server.createContext("/", this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      exchange.getRequestBody().readAllBytes();
      String last = exchange.getRequestHeaders().getFirst("Last-Event-ID");
      asked.add(exchange.getRequestURI().getPath() + (last == null ? "" : " " + last));
      Script script = scripts.removeFirst();
      exchange.getResponseHeaders().set("x-clarion-generation", "g");
      exchange.getResponseHeaders().set("x-clarion-session", "s");
      byte[] body = script.body().getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(script.status(), 0);
      exchange.getResponseBody().write(body);
    }
  }

  private static String event(int id, String text, String end) {
    return "id: " + id + "\ndata: {\"choices\":[{\"delta\":{\"content\":\"" + text + "\"},\"finish_reason\":" + end
        + "}]}\n\n";
  }

  private Answer read(long dropAfter) throws InterruptedException {
    URI edge = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    try (HttpClient http = HttpClient.newHttpClient()) {
      return new Reader(http, List.of(edge), 0, Duration.ofSeconds(20), dropAfter).read("{}");
    }
  }

  @Test
  void whatIsCutOffIsAskedForAgain() throws Exception {
    scripts.add(new Script(200, event(1, "no ", "null") + event(2, "effu", "null") + "id: 3\ndata: {\"choi"));
    scripts.add(new Script(503, "{\"error\":{\"code\":\"unavailable\"}}"));
    scripts.add(new Script(200, event(4, "sion", "null") + event(4, ".", "\"stop\"") + "data: [DONE]\n\n"));
    Answer answer = read(0);
    assertThat(answer.text()).isEqualTo("no effusion.");
    assertThat(answer.failure()).isNull();
    assertThat(answer.connections()).isEqualTo(3);
    assertThat(asked).containsExactly("/v1/chat/completions", "/v1/generations/g/events 2",
        "/v1/generations/g/events 2");
  }

  @Test
  void anErrorInTheStreamThatPassesIsAskedAgainToo() throws Exception {
    scripts.add(new Script(200, event(1, "a", "null")
        + "id: 1\ndata: {\"error\":{\"code\":\"unavailable\"}}\n\ndata: [DONE]\n\n"));
    scripts.add(new Script(200, event(2, "b", "\"length\"") + "data: [DONE]\n\n"));
    assertThat(read(0).text()).isEqualTo("ab");
  }

  @Test
  void anErrorThatStaysIsTheEnd() throws Exception {
    scripts.add(new Script(200, event(1, "a", "null")
        + "id: 1\ndata: {\"error\":{\"code\":\"image_lost\"}}\n\ndata: [DONE]\n\n"));
    assertThat(read(0).failure()).isEqualTo("image_lost");
    scripts.add(new Script(404, "{\"error\":{\"code\":\"generation_not_found\"}}"));
    assertThat(read(0).failure()).isEqualTo("404 generation_not_found");
  }

  @Test
  void aPictureThatIsLostBeforeTheFirstTokenIsSentAgain() throws Exception {
    scripts.add(new Script(200, "id: 0\ndata: {\"error\":{\"code\":\"image_lost\"}}\n\ndata: [DONE]\n\n"));
    scripts.add(new Script(200, event(1, "a", "\"stop\"") + "data: [DONE]\n\n"));
    assertThat(read(0).text()).isEqualTo("a");
    assertThat(asked).containsExactly("/v1/chat/completions", "/v1/chat/completions");
  }

  @Test
  void aReaderMayHangUpOnce() throws Exception {
    scripts.add(new Script(200, event(1, "a", "null") + event(2, "b", "null") + event(3, "c", "\"stop\"")
        + "data: [DONE]\n\n"));
    scripts.add(new Script(200, event(3, "c", "\"stop\"") + "data: [DONE]\n\n"));
    assertThat(read(2).text()).isEqualTo("abc");
    assertThat(asked).containsExactly("/v1/chat/completions", "/v1/generations/g/events 2");
  }
}
