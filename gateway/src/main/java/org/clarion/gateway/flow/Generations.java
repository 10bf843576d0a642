package org.clarion.gateway.flow;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.clarion.gateway.api.ApiError;
import org.clarion.gateway.tenant.Tenant;

/** Requests under way: how many there may be, and which one a Stop means. Thread-safe. */
public final class Generations {
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  private final int limit;
  private final AtomicInteger admitted = new AtomicInteger();
  private final Set<Exchange> exchanges = ConcurrentHashMap.newKeySet();
  private volatile boolean draining;

  /** At most {@code limit} requests at once. */
  public Generations(int limit) {
    this.limit = limit;
  }

  /**
   * Takes a place; {@link #release} gives it back.
   *
   * @throws org.clarion.gateway.api.ApiException
   *           when there is none, or the gateway is stopping
   */
  public void admit() {
    if (draining) {
      throw ApiError.unavailable("unavailable", "The gateway is stopping", RETRY_AFTER).exception();
    }
    if (admitted.incrementAndGet() > limit) {
      admitted.decrementAndGet();
      throw ApiError.overloaded("The gateway already serves its limit of " + limit + " generations", RETRY_AFTER)
          .exception();
    }
  }

  public void release() {
    admitted.decrementAndGet();
  }

  /** Places taken. */
  public int running() {
    return admitted.get();
  }

  /** Refuses new requests from now on. */
  public void drain() {
    draining = true;
  }

  public boolean draining() {
    return draining;
  }

  /** Asks a generation to end; false when this clinic has none of that id here. */
  public boolean stop(Tenant tenant, String id) {
    Optional<Exchange> found = exchanges.stream().filter(exchange -> exchange.is(tenant.id(), id)).findFirst();
    found.ifPresent(Exchange::stop);
    return found.isPresent();
  }

  /** Ends what is told here: whoever reads goes on at another gateway. */
  public void part() {
    exchanges.forEach(Exchange::part);
  }

  void register(Exchange exchange) {
    exchanges.add(exchange);
  }

  void unregister(Exchange exchange) {
    exchanges.remove(exchange);
  }
}
