package org.clarion.loadtest.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** An OpenAI-shaped server that answers by rote. The requested model's name chooses how it behaves. */
final class FakeServer implements AutoCloseable {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final HttpServer http;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final ConcurrentLinkedQueue<JsonNode> bodies = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<String> keys = new ConcurrentLinkedQueue<>();
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicInteger mostRunning = new AtomicInteger();
  private final CountDownLatch closed = new CountDownLatch(1);

  FakeServer() throws IOException {
    http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    http.setExecutor(threads);
    http.createContext("/v1/", this::answer);
    http.start();
  }

  URI base() {
    return URI.create("http://127.0.0.1:" + http.getAddress().getPort());
  }

  List<JsonNode> bodies() {
    return List.copyOf(bodies);
  }

  List<String> keys() {
    return List.copyOf(keys);
  }

  int mostRunning() {
    return mostRunning.get();
  }

  @Override
  public void close() {
    closed.countDown();
    http.stop(0);
    threads.shutdownNow();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      if (exchange.getRequestURI().getPath().equals("/v1/models")) {
        keys.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
        send(exchange, 200, Map.of("data", List.of(Map.of("id", "first"), Map.of("id", "second"))));
        return;
      }
      JsonNode body = MAPPER.readTree(exchange.getRequestBody().readAllBytes());
      bodies.add(body);
      keys.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
      mostRunning.accumulateAndGet(running.incrementAndGet(), Math::max);
      String model = body.path("model").asText();
      if (model.startsWith("status-")) {
        refuse(exchange, Integer.parseInt(model.substring("status-".length())));
        return;
      }
      exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
      exchange.sendResponseHeaders(200, 0);
      boolean chat = exchange.getRequestURI().getPath().endsWith("/chat/completions");
      int prompt = model.equals("words") ? body.path("prompt").asText().split(" ").length + 3 : 10;
      stream(exchange.getResponseBody(), chat, model, prompt, body.path("max_tokens").asInt());
    }
  }

  private void stream(OutputStream out, boolean chat, String model, int prompt, int tokens) throws IOException {
    if (chat) {
      event(out, "{\"choices\":[{\"delta\":{\"role\":\"assistant\"},\"finish_reason\":null}]}");
    }
    if (model.equals("hang")) {
      await();
    }
    out.write(": keep-alive\n\n".getBytes(StandardCharsets.UTF_8));
    for (int i = 0; i < tokens; i++) {
      event(out, chat
          ? "{\"choices\":[{\"delta\":{\"content\":\"word \"},\"finish_reason\":null}],\"usage\":null}"
          : "{\"choices\":[{\"text\":\"word \",\"finish_reason\":null}]}");
      if (model.equals("error") && i == 1) {
        event(out, "{\"error\":{\"message\":\"rank lost\",\"type\":\"server_error\",\"code\":\"unavailable\"}}");
        event(out, "[DONE]");
        return;
      }
      if (model.equals("truncate") && i == 1) {
        return;
      }
    }
    event(out, chat
        ? "{\"choices\":[{\"delta\":{},\"finish_reason\":\"length\"}]}"
        : "{\"choices\":[{\"text\":\"\",\"finish_reason\":\"length\"}]}");
    event(out, "{\"choices\":[],\"usage\":{\"prompt_tokens\":" + prompt + ",\"completion_tokens\":" + tokens
        + ",\"prompt_tokens_details\":{\"cached_tokens\":4}}}");
    // Before the client can know that the answer is whole, and send its next request.
    running.decrementAndGet();
    event(out, "[DONE]");
  }

  private static void event(OutputStream out, String data) throws IOException {
    out.write(("data: " + data + "\n\n").getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  private static void refuse(HttpExchange exchange, int status) throws IOException {
    send(exchange, status, Map.of("error", Map.of("message", "too much", "type", "overloaded", "code", "overloaded")));
  }

  private static void send(HttpExchange exchange, int status, Map<String, ?> json) throws IOException {
    byte[] body = MAPPER.writeValueAsBytes(json);
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }

  private void await() {
    try {
      closed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
