package org.clarion.rpc;

import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * One channel for each {@code host:port}, kept until {@link #close}. Calls through them get a deadline
 * ({@link Deadlines#client}); keepalive pings find a peer that died without a word within about 25 s. Connections are
 * plain HTTP/2; endpoints of this JVM ({@link Endpoint#IN_PROCESS}) need none.
 *
 * <p>
 * Callbacks run on the thread that brings the message, the transport's or the peer's own: they must not block, or the
 * call has to name an executor. Thread-safe.
 */
public final class RpcChannels implements AutoCloseable {
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(20);
  private static final Duration KEEP_ALIVE_TIMEOUT = Duration.ofSeconds(5);
  private static final Duration CLOSE_GRACE = Duration.ofSeconds(2);
  private static final int MAX_INBOUND_BYTES = 4 << 20;
  private static final int FLOW_CONTROL_WINDOW = 4 << 20;

  private final ConcurrentHashMap<String, ManagedChannel> channels = new ConcurrentHashMap<>();
  private volatile boolean closed;

  /**
   * The channel to an endpoint; connects at its first call. One that could not connect last time tries again at once.
   *
   * @param endpoint
   *          {@code host:port}
   * @throws IllegalStateException
   *           after {@link #close}
   */
  public ManagedChannel to(String endpoint) {
    ManagedChannel channel = channels.computeIfAbsent(endpoint, RpcChannels::open);
    if (closed) {
      channel.shutdownNow();
      throw new IllegalStateException("the channels are closed");
    }
    if (channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
      // Callers pause between their tries; the channel's own pauses grow to minutes while its peer is away.
      channel.resetConnectBackoff();
    }
    return channel;
  }

  /** Closes one endpoint's channel at once, for instance when its role is gone for good. */
  public void drop(String endpoint) {
    ManagedChannel channel = channels.remove(endpoint);
    if (channel != null) {
      channel.shutdownNow();
    }
  }

  /** Closes one endpoint's channel once its running calls have ended. Returns at once. */
  public void release(String endpoint) {
    ManagedChannel channel = channels.remove(endpoint);
    if (channel != null) {
      channel.shutdown();
    }
  }

  /** Lets running calls end for a moment, then cancels them. */
  @Override
  public void close() {
    closed = true;
    List<ManagedChannel> all = List.copyOf(channels.values());
    all.forEach(ManagedChannel::shutdown);
    long end = System.nanoTime() + CLOSE_GRACE.toNanos();
    try {
      for (ManagedChannel channel : all) {
        if (!channel.awaitTermination(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS)) {
          channel.shutdownNow();
        }
      }
    } catch (InterruptedException e) {
      all.forEach(ManagedChannel::shutdownNow);
      Thread.currentThread().interrupt();
    }
  }

  private static ManagedChannel open(String endpoint) {
    Endpoint target = Endpoint.parse(endpoint);
    if (target.inProcess()) {
      return InProcessChannelBuilder.forName(target.toString()).directExecutor().intercept(Deadlines.client()).build();
    }
    return NettyChannelBuilder.forAddress(target.host(), target.port())
        .usePlaintext()
        .directExecutor()
        .keepAliveTime(KEEP_ALIVE.toSeconds(), TimeUnit.SECONDS)
        .keepAliveTimeout(KEEP_ALIVE_TIMEOUT.toSeconds(), TimeUnit.SECONDS)
        .keepAliveWithoutCalls(true)
        .maxInboundMessageSize(MAX_INBOUND_BYTES)
        .flowControlWindow(FLOW_CONTROL_WINDOW)
        .intercept(Deadlines.client())
        .build();
  }
}
