package org.clarion.gateway.rpc;

import com.google.protobuf.ByteString;
import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.bulkhead.BulkheadConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.core.IntervalFunction;
import io.github.resilience4j.micrometer.tagged.TaggedCircuitBreakerMetrics;
import io.github.resilience4j.ratelimiter.RateLimiter;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.clarion.gateway.core.Rendezvous;
import org.clarion.models.image.PixelTensor;
import org.clarion.rpc.RpcChannels;
import org.clarion.rpc.ServiceError;
import org.clarion.rpc.ServiceException;
import org.jspecify.annotations.Nullable;

/**
 * Sends pixel tensors to vision workers and waits until the embedding is where it is needed. The same image goes to the
 * same worker while that one serves, because it may still know it; when a worker fails the next one gets the image, and
 * when all have failed they are asked again for a while, since a worker may be starting anew. How often this gateway
 * asks again has a limit for all its images together: a broken cluster is not asked more than a sound one. Thread-safe;
 * {@link #deliver} blocks.
 */
public final class VisionClient {
  static final Duration RETRY_AFTER = Duration.ofSeconds(1);
  /** Images of this gateway at one worker: more would only wait in its queue. */
  private static final int AT_ONE_WORKER = 64;
  /** Rounds through all workers, beyond each image's first, that this gateway may begin in a second. */
  private static final int RETRIES_PER_SECOND = 20;
  private static final CircuitBreakerConfig BREAKER = CircuitBreakerConfig.custom().slidingWindowSize(10)
      .minimumNumberOfCalls(4).failureRateThreshold(50).waitDurationInOpenState(Duration.ofSeconds(1))
      .permittedNumberOfCallsInHalfOpenState(1).build();
  private static final IntervalFunction PAUSES = IntervalFunction.ofExponentialRandomBackoff(Duration.ofMillis(100), 2,
      0.5, Duration.ofSeconds(1));

  private final Map<String, VisionPeer> peers = new LinkedHashMap<>();
  private final List<String> workers;
  private final PeerHealth health;
  private final Duration patience;
  private final RateLimiter retries = RateLimiter.of("vision-retries", RateLimiterConfig.custom()
      .limitForPeriod(RETRIES_PER_SECOND).limitRefreshPeriod(Duration.ofSeconds(1)).timeoutDuration(Duration.ZERO)
      .build());

  /**
   * A client of some workers.
   *
   * @param workers
   *          {@code host:port} of each
   * @param patience
   *          for how long an image is offered while no worker is there
   * @param registry
   *          for the states of the circuit breakers
   */
  public VisionClient(List<String> workers, RpcChannels channels, PeerHealth health, Duration patience,
      MeterRegistry registry) {
    this.workers = List.copyOf(workers);
    this.health = health;
    this.patience = patience;
    CircuitBreakerRegistry breakers = CircuitBreakerRegistry.of(BREAKER);
    BulkheadConfig places = BulkheadConfig.custom().maxConcurrentCalls(AT_ONE_WORKER).maxWaitDuration(Duration.ZERO)
        .build();
    for (String worker : this.workers) {
      peers.put(worker, new VisionPeer(worker, channels, health, breakers.circuitBreaker("vision " + worker),
          Bulkhead.of("vision " + worker, places)));
    }
    TaggedCircuitBreakerMetrics.ofCircuitBreakerRegistry(breakers).bindTo(registry);
  }

  /**
   * One image and where its embedding must arrive.
   *
   * @param tenant
   *          whose image it is
   * @param model
   *          whose tower encodes it
   * @param hash
   *          SHA-256 of the tensor
   * @param pixels
   *          the tensor
   * @param destinations
   *          {@code host:port} of each embedding service, in order
   */
  public record Delivery(String tenant, String model, ByteString hash, PixelTensor pixels, List<String> destinations) {
    public Delivery {
      destinations = List.copyOf(destinations);
    }
  }

  /**
   * Returns when every destination has acknowledged. Interrupting the thread cancels the call.
   *
   * @throws ServiceException
   *           the last worker's error when none could do it, or the first one that no other worker would answer better
   * @throws InterruptedException
   *           when interrupted
   */
  public void deliver(Delivery delivery) throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    for (int round = 1;; round++) {
      ServiceError error = round(delivery);
      if (error == null) {
        return;
      }
      long pause = PAUSES.apply(round);
      boolean hope = error instanceof ServiceError.Unavailable && !workers.isEmpty();
      if (!hope || System.nanoTime() + pause * 1_000_000 >= end || !retries.acquirePermission()) {
        throw error.toException();
      }
      Thread.sleep(pause);
    }
  }

  /** Asks every worker once; null when one did it, else the last one's error, or one that all would give. */
  private @Nullable ServiceError round(Delivery delivery) throws InterruptedException {
    ServiceError last = new ServiceError.Unavailable("no vision worker is configured");
    for (String worker : order(delivery.hash().toByteArray())) {
      try {
        Objects.requireNonNull(peers.get(worker)).encode(delivery);
        return null;
      } catch (ServiceException e) {
        last = e.error();
        if (last instanceof ServiceError.InvalidArgument || last instanceof ServiceError.NotFound) {
          break;
        }
      }
    }
    return last;
  }

  /** Serving workers first; a worker thought dead is still better than none. */
  private List<String> order(byte[] hash) {
    List<String> serving = Rendezvous.order(workers.stream().filter(health::serving).toList(), hash);
    List<String> order = new ArrayList<>(serving);
    Rendezvous.order(workers, hash).stream().filter(worker -> !serving.contains(worker)).forEach(order::add);
    return order;
  }
}
