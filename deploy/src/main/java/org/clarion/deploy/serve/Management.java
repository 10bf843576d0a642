package org.clarion.deploy.serve;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import org.clarion.rpc.Endpoint;

/**
 * {@code /metrics}, {@code /health/live} and {@code /health/ready} of a role that has no HTTP edge of its own. Meant
 * for a private network: it answers whoever asks.
 */
public final class Management implements AutoCloseable {
  private static final int BACKLOG = 16;

  private final HttpServer http;
  private final ExecutorService threads;

  private Management(HttpServer http, ExecutorService threads) {
    this.http = http;
    this.threads = threads;
  }

  /**
   * Starts to answer.
   *
   * @param bind
   *          HOST:PORT, port 0 for a free one
   * @param ready
   *          whether the role can work now
   */
  public static Management start(String bind, PrometheusMeterRegistry registry, BooleanSupplier ready)
      throws IOException {
    Endpoint endpoint = Endpoint.parse(bind);
    HttpServer http = HttpServer.create(new InetSocketAddress(endpoint.host(), endpoint.port()), BACKLOG);
    ExecutorService threads = Executors.newFixedThreadPool(2, Thread.ofPlatform().daemon().name("management-", 0)
        .factory());
    http.setExecutor(threads);
    http.createContext("/", exchange -> {
      switch (exchange.getRequestURI().getPath()) {
        case "/metrics" -> answer(exchange, 200, "text/plain; version=0.0.4; charset=utf-8", registry.scrape());
        case "/health/live" -> answer(exchange, 200, "application/json", "{\"status\":\"live\"}");
        case "/health/ready" -> {
          if (ready.getAsBoolean()) {
            answer(exchange, 200, "application/json", "{\"status\":\"ready\"}");
          } else {
            answer(exchange, 503, "application/json", "{\"status\":\"not ready\"}");
          }
        }
        default -> answer(exchange, 404, "application/json", "{\"status\":\"unknown path\"}");
      }
    });
    http.start();
    return new Management(http, threads);
  }

  /** The port that was bound. */
  public int port() {
    return http.getAddress().getPort();
  }

  @Override
  public void close() {
    http.stop(0);
    threads.shutdownNow();
  }

  private static void answer(HttpExchange exchange, int status, String type, String text) throws IOException {
    try (exchange) {
      byte[] body = text.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", type);
      exchange.sendResponseHeaders(status, body.length);
      exchange.getResponseBody().write(body);
    }
  }
}
