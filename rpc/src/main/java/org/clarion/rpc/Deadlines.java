package org.clarion.rpc;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Every call has a deadline. The client side gives one to each call that has none; a server refuses a call that comes
 * without one ({@code deadline_required}), so that nothing can hold its resources for ever. Health checks are exempt:
 * probes of other makers may ask without.
 *
 * <p>
 * The calls that have no natural end, {@code Execute} and the ranks' {@code Exchange}, get {@link #EXECUTE}: a dead
 * peer is noticed by keepalive and by progress, not by this.
 */
public final class Deadlines {
  /** A replica's stream of plans, from its opening to a change of owner. */
  public static final Duration EXECUTE = Duration.ofDays(30);
  /** One answer, waiting in the queue included. */
  public static final Duration GENERATE = Duration.ofMinutes(30);
  /** Encoding one call's images and delivering them. */
  public static final Duration ENCODE = Duration.ofMinutes(2);
  /** Delivering one embedding. */
  public static final Duration PUT = Duration.ofSeconds(20);
  /** Everything else. */
  public static final Duration DEFAULT = Duration.ofSeconds(20);

  private static final String HEALTH = "grpc.health.v1.Health";
  private static final Map<String, Duration> BY_METHOD = Map.of(
      "clarion.v1.LlmWorkerService/Execute", EXECUTE,
      // Lasts as long as the replica's opening; each exchange within has the group's own deadline.
      "clarion.v1.CollectiveService/Exchange", EXECUTE,
      "clarion.v1.SchedulerService/Generate", GENERATE,
      "clarion.v1.VisionService/Encode", ENCODE,
      "clarion.v1.EmbeddingService/Put", PUT,
      // A watch lasts as long as the watcher.
      HEALTH + "/Watch", EXECUTE,
      HEALTH + "/Check", Duration.ofSeconds(3));

  private Deadlines() {}

  /** What a call of this method gets when its caller sets nothing. */
  public static Duration of(MethodDescriptor<?, ?> method) {
    return BY_METHOD.getOrDefault(method.getFullMethodName(), DEFAULT);
  }

  /** Gives a call without deadline, neither its own nor its context's, that of its method. */
  public static ClientInterceptor client() {
    return new ClientInterceptor() {
      @Override
      public <Q, R> ClientCall<Q, R> interceptCall(MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
        boolean bounded = options.getDeadline() != null || Context.current().getDeadline() != null;
        return next.newCall(method, bounded
            ? options
            : options.withDeadlineAfter(of(method).toNanos(), TimeUnit.NANOSECONDS));
      }
    };
  }

  /** Refuses calls without a deadline, health checks excepted. */
  public static ServerInterceptor server() {
    return new ServerInterceptor() {
      @Override
      public <Q, R> ServerCall.Listener<Q> interceptCall(ServerCall<Q, R> call, Metadata headers,
          ServerCallHandler<Q, R> next) {
        MethodDescriptor<Q, R> method = call.getMethodDescriptor();
        if (Context.current().getDeadline() != null || HEALTH.equals(method.getServiceName())) {
          return next.startCall(call, headers);
        }
        var refusal = new ServiceError.InvalidArgument("deadline_required",
            method.getFullMethodName() + " needs a deadline; " + of(method) + " is usual").toStatus();
        Metadata trailers = refusal.getTrailers();
        call.close(refusal.getStatus(), trailers == null ? new Metadata() : trailers);
        return new ServerCall.Listener<>() {
        };
      }
    };
  }
}
