package org.clarion.loadtest.app;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.clarion.loadtest.core.ModelNames;
import org.jspecify.annotations.Nullable;

/** Asks a server which models it serves. */
public final class ServerModels {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final int MOST_BYTES = 1 << 20;

  private ServerModels() {}

  /**
   * The names at {@code /v1/models}, in the server's order. Waits at most ten seconds for the server.
   *
   * @param base
   *          address of the server, without {@code /v1}
   * @param key
   *          bearer token, or null
   * @throws IOException
   *           when the server cannot be reached, refuses, or names no model
   */
  public static List<String> of(URI base, @Nullable String key) throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve("/v1/models")).timeout(LIMIT).GET();
    if (key != null) {
      request.header("Authorization", "Bearer " + key);
    }
    try (HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(LIMIT).build()) {
      HttpResponse<InputStream> response = http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream body = response.body()) {
        String text = new String(body.readNBytes(MOST_BYTES), StandardCharsets.UTF_8);
        List<String> names = response.statusCode() == 200 ? ModelNames.parse(text) : List.of();
        if (names.isEmpty()) {
          throw new IOException(base + "/v1/models answered with status " + response.statusCode() + " and no model");
        }
        return names;
      }
    }
  }
}
