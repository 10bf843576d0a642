package org.clarion.rpc;

import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.ServerServiceDefinition;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A role's gRPC server: its services, the standard health service with one status for each of them (and {@code ""} for
 * all), the rules on deadlines and sizes.
 *
 * <p>
 * Handlers run on virtual threads, one at a time within a call, and may block; {@link Builder#callbackHandlers} runs
 * them on a few platform threads instead, for services whose handlers never block and whose messages are large (the
 * protobuf parser keeps a buffer for each thread). In a JVM that several roles share, a server at
 * {@link Endpoint#IN_PROCESS} opens no socket, and handlers that never block run on the caller's own thread.
 * Thread-safe.
 */
public final class RpcServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RpcServer.class);
  private static final Duration HEALTH_PERIOD = Duration.ofMillis(250);
  /** Short, so that a role's death is noticed soon: matches {@link RpcChannels}. */
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(20);
  private static final Duration PERMITTED_KEEP_ALIVE = Duration.ofSeconds(5);
  private static final int FLOW_CONTROL_WINDOW = 4 << 20;
  /** The last number that was given to a server without a socket; above all ports that anybody would write down. */
  private static final AtomicInteger NUMBERS = new AtomicInteger(1 << 15);

  private final Server server;
  private final int port;
  private final HealthStatusManager health;
  private final ExecutorService handlers;
  private final ScheduledExecutorService watcher;
  private final Duration grace;
  private final AtomicBoolean draining = new AtomicBoolean();

  private RpcServer(Server server, int port, HealthStatusManager health, ExecutorService handlers,
      ScheduledExecutorService watcher, Duration grace) {
    this.server = server;
    this.port = port;
    this.health = health;
    this.handlers = handlers;
    this.watcher = watcher;
    this.grace = grace;
  }

  /** A server that will listen at {@code host:port}; port 0 picks a free one. */
  public static Builder at(String bind) {
    return new Builder(Endpoint.parse(bind));
  }

  /** Port that the server listens at, or its number within this JVM. */
  public int port() {
    return port;
  }

  /**
   * Sets a service's health; it stays until the next call or, for a watched service, the watch's next look.
   *
   * @param service
   *          full name, or {@code ""} for the whole server
   */
  public void setServing(String service, boolean serving) {
    health.setStatus(service, serving ? ServingStatus.SERVING : ServingStatus.NOT_SERVING);
  }

  /**
   * Health becomes NOT_SERVING for good and new calls are refused; running calls go on. Returns at once. Idempotent.
   */
  public void drain() {
    if (draining.getAndSet(true)) {
      return;
    }
    watcher.shutdownNow();
    health.enterTerminalState();
    server.shutdown();
  }

  /** Drains, waits for running calls up to the grace period, then cancels what is left. */
  @Override
  public void close() {
    drain();
    try {
      if (!server.awaitTermination(grace.toMillis(), TimeUnit.MILLISECONDS)) {
        server.shutdownNow();
        if (!server.awaitTermination(grace.toMillis(), TimeUnit.MILLISECONDS)) {
          log.warn("the server at port {} did not end within {}", port, grace.multipliedBy(2));
        }
      }
    } catch (InterruptedException e) {
      server.shutdownNow();
      Thread.currentThread().interrupt();
    } finally {
      handlers.shutdown();
    }
  }

  /** Collects what a server needs. One thread. */
  public static final class Builder {
    private final Endpoint bind;
    private final List<ServerServiceDefinition> services = new ArrayList<>();
    private final Map<String, BooleanSupplier> watches = new HashMap<>();
    private int maxInboundBytes = 1 << 20;
    private boolean blocking = true;
    private Duration grace = Duration.ofSeconds(2);

    private Builder(Endpoint bind) {
      this.bind = bind;
    }

    /** Adds a service, serving from the start. */
    public Builder service(BindableService service) {
      services.add(service.bindService());
      return this;
    }

    /** Adds a service whose health is asked of {@code healthy} about four times a second; it must not block. */
    public Builder service(BindableService service, BooleanSupplier healthy) {
      ServerServiceDefinition definition = service.bindService();
      services.add(definition);
      watches.put(definition.getServiceDescriptor().getName(), healthy);
      return this;
    }

    /** Largest message that is taken, 1 MiB unless set; a larger one ends its call with RESOURCE_EXHAUSTED. */
    public Builder maxInboundBytes(int bytes) {
      this.maxInboundBytes = bytes;
      return this;
    }

    /** Handlers never block: run them on a few platform threads. */
    public Builder callbackHandlers() {
      this.blocking = false;
      return this;
    }

    /** How long {@link #close} waits for running calls, 2 s unless set. */
    public Builder grace(Duration grace) {
      this.grace = grace;
      return this;
    }

    /**
     * Binds and starts.
     *
     * @throws IOException
     *           when the address cannot be bound; names it
     */
    public RpcServer start() throws IOException {
      HealthStatusManager health = new HealthStatusManager();
      ExecutorService handlers = handlers();
      Endpoint endpoint = bind.inProcess() && bind.port() == 0
          ? new Endpoint(Endpoint.IN_PROCESS, NUMBERS.incrementAndGet())
          : bind;
      ServerBuilder<?> builder = (endpoint.inProcess() ? local(endpoint, handlers) : network(endpoint, handlers))
          .intercept(new ErrorBoundary())
          .intercept(Deadlines.server())
          .addService(health.getHealthService());
      services.forEach(builder::addService);
      Server server;
      try {
        server = builder.build().start();
      } catch (IOException e) {
        handlers.shutdown();
        throw new IOException("cannot listen at " + bind, e);
      }
      services.forEach(s -> health.setStatus(s.getServiceDescriptor().getName(), ServingStatus.SERVING));
      int port = endpoint.inProcess() ? endpoint.port() : server.getPort();
      ScheduledExecutorService watcher = Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("rpc-health-" + port).factory());
      RpcServer started = new RpcServer(server, port, health, handlers, watcher, grace);
      Watch watch = new Watch(started, Map.copyOf(watches));
      var _ = watcher.scheduleAtFixedRate(watch, 0, HEALTH_PERIOD.toMillis(), TimeUnit.MILLISECONDS);
      return started;
    }

    private ServerBuilder<?> network(Endpoint endpoint, ExecutorService handlers) {
      return NettyServerBuilder.forAddress(new InetSocketAddress(endpoint.host(), endpoint.port()))
          .executor(handlers)
          .maxInboundMessageSize(maxInboundBytes)
          .flowControlWindow(FLOW_CONTROL_WINDOW)
          .keepAliveTime(KEEP_ALIVE.toSeconds(), TimeUnit.SECONDS)
          .permitKeepAliveTime(PERMITTED_KEEP_ALIVE.toSeconds(), TimeUnit.SECONDS)
          .permitKeepAliveWithoutCalls(true);
    }

    private ServerBuilder<?> local(Endpoint endpoint, ExecutorService handlers) {
      InProcessServerBuilder builder = InProcessServerBuilder.forName(endpoint.toString());
      return blocking ? builder.executor(handlers) : builder.directExecutor();
    }

    private ExecutorService handlers() {
      return blocking
          ? Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("rpc-handler-", 0).factory())
          : Executors.newFixedThreadPool(Math.max(2, Runtime.getRuntime().availableProcessors()),
              Thread.ofPlatform().daemon().name("rpc-callback-", 0).factory());
    }
  }

  /** Carries the watched services' health over; the whole server is well when all of them are. */
  private record Watch(RpcServer server, Map<String, BooleanSupplier> watches) implements Runnable {
    @Override
    public void run() {
      boolean all = true;
      for (var watch : watches.entrySet()) {
        boolean healthy = watch.getValue().getAsBoolean();
        server.setServing(watch.getKey(), healthy);
        all &= healthy;
      }
      server.setServing(HealthStatusManager.SERVICE_NAME_ALL_SERVICES, all);
    }
  }
}
