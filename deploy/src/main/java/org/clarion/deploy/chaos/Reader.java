package org.clarion.deploy.chaos;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads one answer to its end, over as many connections and gateways as that takes, as a careful client does: an event
 * counts when it is whole, and the next connection asks for what comes after it. One thread.
 */
final class Reader {
  /** Errors that say nothing about the answer itself. */
  private static final Set<String> PASSING = Set.of("unavailable", "overloaded", "rate_limit_exceeded", "cut_off");
  private static final Set<Integer> PASSING_STATUS = Set.of(429, 502, 503, 504);
  private static final String IMAGE_LOST = "image_lost";
  private static final Duration PAUSE = Duration.ofMillis(250);
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final HttpClient http;
  private final List<URI> gateways;
  private final long deadline;
  private final long dropAfter;
  private final StringBuilder text = new StringBuilder();
  private int gateway;
  private int connections;
  private long told;
  private long movedAt = System.nanoTime();
  private long pause;
  private @Nullable String session;
  private @Nullable String generation;
  private @Nullable String failure;
  private boolean ended;
  private boolean broken;

  /**
   * A reader that begins at a gateway.
   *
   * @param first
   *          index of that gateway
   * @param patience
   *          for the whole answer
   * @param dropAfter
   *          tokens after which it hangs up once and goes to another gateway; 0 for never
   */
  Reader(HttpClient http, List<URI> gateways, int first, Duration patience, long dropAfter) {
    this.http = http;
    this.gateways = gateways;
    this.gateway = first;
    this.deadline = System.nanoTime() + patience.toNanos();
    this.dropAfter = dropAfter;
  }

  /** Asks, and reads until the end, an error that stays, or the end of patience. */
  Answer read(String body) throws InterruptedException {
    while (!ended && failure == null) {
      if (System.nanoTime() >= deadline) {
        failure = "no_end_in_time";
        break;
      }
      connections++;
      broken = false;
      try {
        connect(body);
      } catch (IOException | UncheckedIOException e) {
        // The connection broke: the next gateway has the rest.
      }
      if (!ended && failure == null) {
        gateway = (gateway + 1) % gateways.size();
        Thread.sleep(PAUSE);
      }
    }
    return new Answer(session, text.toString(), told, Duration.ofNanos(pause), connections, failure);
  }

  private void connect(String body) throws IOException, InterruptedException {
    URI edge = gateways.get(gateway);
    Duration left = Duration.ofNanos(Math.max(1, deadline - System.nanoTime()));
    HttpRequest request = generation == null
        ? HttpRequest.newBuilder(edge.resolve("/v1/chat/completions")).header("Content-Type", "application/json")
            .timeout(left).POST(BodyPublishers.ofString(body)).build()
        : HttpRequest.newBuilder(edge.resolve("/v1/generations/" + generation + "/events")).header("Last-Event-ID", Long
            .toString(told)).timeout(left).build();
    HttpResponse<InputStream> response = http.send(request, BodyHandlers.ofInputStream());
    try (InputStream stream = response.body()) {
      if (response.statusCode() != 200) {
        refused(response.statusCode(), new String(stream.readAllBytes(), StandardCharsets.UTF_8));
        return;
      }
      session = response.headers().firstValue("x-clarion-session").orElse(session);
      generation = response.headers().firstValue("x-clarion-generation").orElse(generation);
      events(new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8)));
    }
  }

  private void refused(int status, String body) throws JsonProcessingException {
    if (!PASSING_STATUS.contains(status)) {
      String code = JSON.readTree(body).at("/error/code").asText("?");
      failure = anew(code) ? null : status + " " + code;
    }
  }

  private void events(BufferedReader lines) throws IOException {
    long id = told;
    StringBuilder data = new StringBuilder();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.startsWith("id:")) {
        id = Long.parseLong(line.substring("id:".length()).strip());
      } else if (line.startsWith("data:")) {
        data.append(line.substring("data:".length()).strip());
      } else if (line.isEmpty() && !data.isEmpty()) {
        event(id, data.toString());
        data.setLength(0);
        if (ended || broken || failure != null || (dropAfter > 0 && connections == 1 && told >= dropAfter)) {
          return;
        }
      }
    }
  }

  /** A picture went with the gateway that had it, and nothing is told yet: the whole question is asked anew. */
  private boolean anew(String code) {
    if (!code.equals(IMAGE_LOST) || told > 0) {
      return false;
    }
    generation = null;
    return true;
  }

  private void event(long id, String data) throws JsonProcessingException {
    long now = System.nanoTime();
    pause = Math.max(pause, now - movedAt);
    movedAt = now;
    JsonNode event = JSON.readTree(data);
    if (event.hasNonNull("error")) {
      String code = event.at("/error/code").asText("?");
      broken = true;
      failure = PASSING.contains(code) || anew(code) ? null : code;
      return;
    }
    text.append(event.at("/choices/0/delta/content").asText(""));
    told = Math.max(told, id);
    // The end and the text before it come together; what follows are figures.
    ended |= event.at("/choices/0").hasNonNull("finish_reason");
  }
}
