package org.clarion.gateway.flow;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntSupplier;
import org.clarion.gateway.tenant.Tenant;

/** What the gateway counts; for each clinic the meters are looked up once. Thread-safe. */
public final class GatewayMetrics {
  private static final Duration[] LATENCIES = millis(1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000,
      30_000, 60_000, 300_000);

  private final MeterRegistry registry;
  private final ConcurrentHashMap<Tenant, OfTenant> tenants = new ConcurrentHashMap<>();

  /**
   * Meters of one clinic.
   *
   * @param firstToken
   *          from the request's arrival to its first token
   * @param betweenTokens
   *          from one message of tokens to the next
   * @param request
   *          from arrival to end
   */
  record OfTenant(Timer firstToken, Timer betweenTokens, Timer request) {}

  public GatewayMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  /** Counts a finished HTTP request; {@code route} is a pattern, never a path. */
  public void request(String route, int status) {
    Counter.builder("clarion.http.requests").description("HTTP requests by route and status")
        .tag("route", route).tag("status", Integer.toString(status)).register(registry).increment();
  }

  /** Publishes how many generations run. */
  public void running(IntSupplier count) {
    var _ = Gauge.builder("clarion.gateway.generations", count, IntSupplier::getAsInt)
        .description("Generations under way at this gateway").strongReference(true).register(registry);
  }

  OfTenant of(Tenant tenant) {
    return tenants.computeIfAbsent(tenant, key -> new OfTenant(
        timer("clarion.time.to.first.token", "From a request's arrival to its first token", key),
        timer("clarion.inter.token.latency", "From one message of tokens to the next", key),
        timer("clarion.request", "From a request's arrival to its end", key)));
  }

  private Timer timer(String name, String description, Tenant tenant) {
    return Timer.builder(name).description(description).tag("tenant", tenant.id())
        .serviceLevelObjectives(LATENCIES).register(registry);
  }

  private static Duration[] millis(long... values) {
    Duration[] durations = new Duration[values.length];
    for (int i = 0; i < values.length; i++) {
      durations[i] = Duration.ofMillis(values[i]);
    }
    return durations;
  }
}
