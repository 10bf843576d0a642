package org.clarion.deploy.serve;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for a gateway to say that everything behind it works. */
public final class Readiness {
  private static final Duration POLL = Duration.ofMillis(50);
  private static final Duration ANSWER = Duration.ofSeconds(2);

  private Readiness() {}

  /**
   * Asks {@code /health/ready} until it answers 200. Blocks.
   *
   * @param worthIt
   *          turns false when waiting has become pointless
   * @throws IllegalStateException
   *           when it takes longer than {@code patience}, or is pointless
   */
  public static void await(URI gateway, Duration patience, BooleanSupplier worthIt) throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    try (
        HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(ANSWER).build()) {
      while (!ready(http, gateway)) {
        if (!worthIt.getAsBoolean()) {
          throw new IllegalStateException("a process of the cluster ended while it was starting");
        }
        if (System.nanoTime() > deadline) {
          throw new IllegalStateException("the cluster is not ready after " + patience.toSeconds() + " s");
        }
        Thread.sleep(POLL);
      }
    }
  }

  private static boolean ready(HttpClient http, URI gateway) throws InterruptedException {
    try {
      HttpRequest request = HttpRequest.newBuilder(gateway.resolve("/health/ready")).timeout(ANSWER).build();
      return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      // Not listening yet, or too busy to answer in time: ask again.
      return false;
    }
  }
}
