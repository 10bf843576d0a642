package org.clarion.loadtest.app;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.clarion.loadtest.api.LoadSpec;
import org.clarion.loadtest.api.Outcome;
import org.clarion.loadtest.core.PromptMaker;
import org.clarion.loadtest.core.StreamEvent;
import org.clarion.loadtest.core.StreamEvents;

/**
 * Sends one request and measures its stream. Thread-safe; {@link #call} blocks its thread, so give it virtual ones. A
 * request that outlives its timeout is cut off: closing the body resets the connection, which the server sees as a
 * client that went away.
 */
final class StreamingClient implements AutoCloseable {
  private static final int ERROR_BODY_BYTES = 16 << 10;

  private final LoadSpec spec;
  private final PromptMaker prompts;
  private final URI endpoint;
  private final HttpClient http;
  private final ScheduledExecutorService watchdog;

  StreamingClient(LoadSpec spec) {
    this.spec = spec;
    this.prompts = new PromptMaker(spec);
    this.endpoint = spec.base().resolve(spec.api().path());
    this.http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(shorter(spec.timeout(),
        Duration.ofSeconds(10))).executor(Executors.newVirtualThreadPerTaskExecutor()).build();
    this.watchdog = Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("load-timeouts")
        .factory());
  }

  /**
   * Sends request {@code index} and reads its answer to the end.
   *
   * @param queued
   *          nanoseconds that it waited before this call
   */
  Outcome call(long index, long queued) throws InterruptedException {
    long sent = System.nanoTime();
    HttpRequest.Builder request = HttpRequest.newBuilder(endpoint).timeout(spec.timeout()).header("Content-Type",
        "application/json").header("Accept", "text/event-stream").POST(HttpRequest.BodyPublishers.ofString(
            prompts.body(
                index).toString()));
    if (spec.key() != null) {
      request.header("Authorization", "Bearer " + spec.key());
    }
    AtomicBoolean late = new AtomicBoolean();
    try {
      HttpResponse<InputStream> response = http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream body = response.body()) {
        ScheduledFuture<?> guard = watchdog.schedule(() -> cut(body, late),
            spec.timeout().toNanos() - (System.nanoTime()
                - sent),
            TimeUnit.NANOSECONDS);
        try {
          return response.statusCode() == 200
              ? stream(body, sent, queued)
              : refused(response.statusCode(), body, queued);
        } finally {
          guard.cancel(false);
        }
      }
    } catch (ConnectException e) {
      return new Outcome.Failed(queued, "connect", "cannot connect to " + spec.base());
    } catch (HttpTimeoutException e) {
      return timeout(queued);
    } catch (IOException e) {
      return late.get()
          ? timeout(queued)
          : new Outcome.Failed(queued, "io", "connection broke: " + e.getClass()
              .getSimpleName());
    }
  }

  @Override
  public void close() {
    watchdog.shutdownNow();
    http.shutdownNow();
  }

  private Outcome stream(InputStream body, long sent, long queued) throws IOException {
    Measured measured = new Measured(sent, spec.newTokens());
    BufferedReader lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
    String line;
    while ((line = lines.readLine()) != null) {
      switch (StreamEvents.parse(line)) {
        case StreamEvent.Output _ -> measured.output(System.nanoTime());
        case StreamEvent.Finish finish -> measured.finish(System.nanoTime(), finish.characters() > 0);
        case StreamEvent.Usage usage -> measured.usage(usage);
        case StreamEvent.Fault error -> {
          return new Outcome.Failed(queued, "stream-error", error.code() + ": " + error.message());
        }
        case StreamEvent.Malformed malformed -> {
          return new Outcome.Failed(queued, "malformed", malformed.reason());
        }
        case StreamEvent.Done _ -> {
          return measured.outcome(queued);
        }
        case StreamEvent.Nothing _ -> {
        }
      }
    }
    return new Outcome.Failed(queued, "truncated", "the stream ended without [DONE]");
  }

  private static Outcome refused(int status, InputStream body, long queued) throws IOException {
    StreamEvent.Fault error = StreamEvents.error(new String(body.readNBytes(ERROR_BODY_BYTES), StandardCharsets.UTF_8));
    return new Outcome.Failed(queued, "http-" + status, error == null
        ? "status " + status
        : error.code() + ": " + error
            .message());
  }

  private Outcome timeout(long queued) {
    return new Outcome.Failed(queued, "timeout", "no whole answer within " + spec.timeout().toMillis() + " ms");
  }

  private static void cut(InputStream body, AtomicBoolean late) {
    late.set(true);
    try {
      body.close();
    } catch (IOException e) {
      // The reader sees the broken stream itself; there is nobody else to tell.
    }
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }
}
