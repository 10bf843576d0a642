package org.clarion.gateway.rpc;

import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.clarion.rpc.RpcChannels;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which peers answer their health check as serving, asked about once a second in the background. One that does not is
 * no longer preferred at once, and is taken for dead when it fails a second time: within 3 s. Reading is free and never
 * waits. Thread-safe.
 */
public final class PeerHealth implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PeerHealth.class);
  private static final Duration PERIOD = Duration.ofSeconds(1);
  private static final Duration DEADLINE = Duration.ofMillis(900);

  /** Failed checks in a row after which a peer is dead. */
  private static final int DEAD = 2;

  private final Set<String> serving = ConcurrentHashMap.newKeySet();
  private final ConcurrentHashMap<String, AtomicInteger> misses = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, Set<Watch>> watches = new ConcurrentHashMap<>();
  private final ScheduledExecutorService timer;

  /** Watches these {@code host:port}s until {@link #close}. */
  public PeerHealth(List<String> endpoints, RpcChannels channels) {
    timer = Executors.newSingleThreadScheduledExecutor(
        Thread.ofPlatform().daemon().name("gateway-peer-health").factory());
    var _ = timer.scheduleWithFixedDelay(() -> endpoints.forEach(endpoint -> ask(endpoint, channels)), 0,
        PERIOD.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Whether the peer's last answer was good. */
  public boolean serving(String endpoint) {
    return serving.contains(endpoint);
  }

  /** Whether any of these peers serves. */
  public boolean anyServing(List<String> endpoints) {
    return endpoints.stream().anyMatch(serving::contains);
  }

  /**
   * Calls {@code died} when the peer dies while it is watched; more than once if it does so more than once.
   *
   * @param died
   *          must not block
   */
  public Watch watch(String endpoint, Runnable died) {
    Watch watch = new Watch(endpoint, died);
    watches.computeIfAbsent(endpoint, _ -> ConcurrentHashMap.newKeySet()).add(watch);
    return watch;
  }

  /** Somebody who is told of a peer's death until this is closed. */
  public final class Watch implements AutoCloseable {
    private final String endpoint;
    private final Runnable died;

    private Watch(String endpoint, Runnable died) {
      this.endpoint = endpoint;
      this.died = died;
    }

    @Override
    public void close() {
      watches.getOrDefault(endpoint, Set.of()).remove(this);
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }

  private void ask(String endpoint, RpcChannels channels) {
    try {
      HealthGrpc.newStub(channels.to(endpoint)).withDeadlineAfter(DEADLINE.toMillis(), TimeUnit.MILLISECONDS)
          .check(HealthCheckRequest.getDefaultInstance(), new Answer(endpoint));
    } catch (IllegalStateException _) {
      // The channels are closed: the gateway is stopping.
      serving.remove(endpoint);
    }
  }

  private final class Answer implements StreamObserver<HealthCheckResponse> {
    private final String endpoint;

    private Answer(String endpoint) {
      this.endpoint = endpoint;
    }

    @Override
    public void onNext(HealthCheckResponse response) {
      if (response.getStatus() == ServingStatus.SERVING) {
        misses.remove(endpoint);
        if (serving.add(endpoint)) {
          log.info("peer {} serves", endpoint);
        }
      } else {
        down();
      }
    }

    @Override
    public void onError(Throwable failure) {
      down();
    }

    @Override
    public void onCompleted() {
      // The answer has been heard.
    }

    private void down() {
      if (serving.remove(endpoint)) {
        log.warn("peer {} no longer serves", endpoint);
      }
      if (misses.computeIfAbsent(endpoint, _ -> new AtomicInteger()).incrementAndGet() == DEAD) {
        watches.getOrDefault(endpoint, Set.of()).forEach(watch -> watch.died.run());
      }
    }
  }
}
