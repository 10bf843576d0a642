package org.clarion.gateway.rpc;

import io.grpc.Channel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.clarion.proto.v1.Attach;
import org.clarion.proto.v1.GenerateRequest;
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
  private final PeerHealth health;
  private final PlacementPolicy policy;
  private final AtomicReference<String> preferred;

  /**
   * How long a generation looks for a scheduler that places it.
   *
   * @param patience
   *          in all, while schedulers are unreachable or nobody owns the replica
   * @param pause
   *          before the second try; it doubles until it is a second
   * @param recovery
   *          in all, after the scheduler that had it was lost
   */
  public record PlacementPolicy(Duration patience, Duration pause, Duration recovery) {
    /** 10 s in all, the second try after 50 ms, 30 s after a loss. */
    public static final PlacementPolicy DEFAULT = new PlacementPolicy(Duration.ofSeconds(10), Duration.ofMillis(50),
        Duration.ofSeconds(30));
  }

  /**
   * Some schedulers.
   *
   * @param endpoints
   *          {@code host:port} of each, at least one
   * @param health
   *          which watches them
   */
  public Schedulers(List<String> endpoints, RpcChannels channels, PeerHealth health, PlacementPolicy policy) {
    if (endpoints.isEmpty()) {
      throw new IllegalArgumentException("a gateway needs at least one scheduler");
    }
    this.endpoints = List.copyOf(endpoints);
    this.channels = channels;
    this.health = health;
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
    return new GenerationCall(this, first -> GenerateRequest.newBuilder().setStart(
        first == 0 ? start : start.toBuilder().setFirstIndex(first).build()).build(), listener, executor);
  }

  /** Reads a generation that was started before, from its first token on; otherwise as {@link #generation}. */
  public GenerationCall attach(String tenant, String id, GenerationListener listener, Executor executor) {
    return new GenerationCall(this, first -> GenerateRequest.newBuilder().setAttach(
        Attach.newBuilder().setTenant(tenant).setGenerationId(id).setFirstIndex(first)).build(), listener, executor);
  }

  /**
   * Asks a generation that is under way anywhere to end. The answer does not wait for that end.
   *
   * @return false when there is none of this tenant under way; exceptionally when no scheduler answers
   */
  public CompletableFuture<Boolean> stop(String tenant, String id, Executor executor) {
    RemoteStop stop = new RemoteStop();
    stop.begin(attach(tenant, id, stop, executor));
    return stop.answer();
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

  /** Tells of a scheduler's death; one that is not among ours, to which a redirect led, has none that is told. */
  PeerHealth.Watch watch(String endpoint, Runnable died) {
    return health.watch(endpoint, died);
  }

  /** Whether it is one of ours and did not say lately that it serves. */
  boolean silent(String endpoint) {
    return endpoints.contains(endpoint) && !health.serving(endpoint);
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
