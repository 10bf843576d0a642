package org.clarion.gateway.rpc;

import io.grpc.Channel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.clarion.proto.v1.GenerateStart;
import org.clarion.proto.v1.GetSessionRequest;
import org.clarion.proto.v1.GetSessionResponse;
import org.clarion.proto.v1.SchedulerServiceGrpc;
import org.clarion.rpc.Deadlines;
import org.clarion.rpc.RpcChannels;
import org.clarion.rpc.ServiceError;
import org.clarion.rpc.ServiceException;

/**
 * The schedulers that this gateway knows, and the one that answered last. A generation starts there, follows redirects
 * and goes on to the next scheduler while nobody has placed it. Thread-safe.
 */
public final class Schedulers {
  private static final Duration SESSION_DEADLINE = Duration.ofSeconds(5);

  private final List<String> endpoints;
  private final RpcChannels channels;
  private final PlacementPolicy policy;
  private final AtomicReference<String> preferred;

  /**
   * How long a generation looks for a scheduler that places it.
   *
   * @param patience
   *          in all, while schedulers are unreachable or nobody owns the replica
   * @param pause
   *          between tries
   */
  public record PlacementPolicy(Duration patience, Duration pause) {
    /** 10 s in all, a try every 100 ms. */
    public static final PlacementPolicy DEFAULT = new PlacementPolicy(Duration.ofSeconds(10), Duration.ofMillis(100));
  }

  /** Schedulers at these {@code host:port}s, at least one. */
  public Schedulers(List<String> endpoints, RpcChannels channels, PlacementPolicy policy) {
    if (endpoints.isEmpty()) {
      throw new IllegalArgumentException("a gateway needs at least one scheduler");
    }
    this.endpoints = List.copyOf(endpoints);
    this.channels = channels;
    this.policy = policy;
    this.preferred = new AtomicReference<>(endpoints.getFirst());
  }

  /**
   * A generation, started by {@link GenerationCall#begin}; the listener's methods are called one at a time.
   *
   * @param executor
   *          where the listener is called, failures of the first moment excepted
   */
  public GenerationCall generation(GenerateStart start, GenerationListener listener, Executor executor) {
    return new GenerationCall(this, start, listener, executor);
  }

  /**
   * What is known of a session. Blocks; asks the schedulers one after the other.
   *
   * @throws ServiceException
   *           with {@code NotFound} when there is none of this tenant, {@code Unavailable} when no scheduler answers
   */
  public GetSessionResponse session(String tenant, String sessionId) {
    GetSessionRequest request = GetSessionRequest.newBuilder().setTenant(tenant).setSessionId(sessionId).build();
    ServiceError last = new ServiceError.Unavailable("no scheduler answers");
    String endpoint = preferred();
    for (int i = 0; i < endpoints.size(); i++) {
      try {
        return SchedulerServiceGrpc.newBlockingStub(channels.to(endpoint))
            .withDeadlineAfter(SESSION_DEADLINE.toMillis(), TimeUnit.MILLISECONDS).getSession(request);
      } catch (RuntimeException e) {
        last = ServiceError.from(e);
        if (!(last instanceof ServiceError.Unavailable || last instanceof ServiceError.DeadlineExceeded)) {
          throw new ServiceException(last, e);
        }
      }
      endpoint = after(endpoint);
    }
    throw last.toException();
  }

  Channel channel(String endpoint) {
    return channels.to(endpoint);
  }

  Duration deadline() {
    return Deadlines.GENERATE;
  }

  PlacementPolicy policy() {
    return policy;
  }

  String preferred() {
    return preferred.get();
  }

  /** Remembers who placed a generation, so that the next one asks there first. */
  void prefer(String endpoint) {
    preferred.set(endpoint);
  }

  /** The configured scheduler after this one; the first when it is none of them. */
  String after(String endpoint) {
    return endpoints.get((endpoints.indexOf(endpoint) + 1) % endpoints.size());
  }
}
