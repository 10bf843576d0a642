package org.clarion.rpc;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Why a call was refused or ended. Each case has a stable {@link #code()} for programs and a message for people, which
 * names the bad value and the limit and never holds prompt, image or answer.
 *
 * <p>
 * On the wire: the case's gRPC status, the message as the status description, the code in the trailer
 * {@code clarion-code} and, where there is one, the wait in {@code clarion-retry-after-ms}. {@link #from} restores the
 * case, so that an error crosses any number of hops unchanged.
 */
public sealed interface ServiceError {
  /** Trailer with {@link #code()}. */
  Metadata.Key<String> CODE = Metadata.Key.of("clarion-code", Metadata.ASCII_STRING_MARSHALLER);
  /** Trailer with the milliseconds after which another try makes sense. */
  Metadata.Key<String> RETRY_AFTER = Metadata.Key.of("clarion-retry-after-ms", Metadata.ASCII_STRING_MARSHALLER);

  /** Stable, lower case with underscores. */
  String code();

  /** For people. */
  String message();

  /**
   * The request can never succeed as it is. {@code code} tells the kinds apart, {@code invalid_argument} by default.
   */
  record InvalidArgument(String code, String message) implements ServiceError {
    public InvalidArgument(String message) {
      this("invalid_argument", message);
    }
  }

  /** No such thing, or not of this tenant: the two are never told apart. */
  record NotFound(String code, String message) implements ServiceError {
    public NotFound(String message) {
      this("not_found", message);
    }
  }

  /** The prompt does not fit into the model's context. */
  record ContextTooLong(String message) implements ServiceError {
    public ContextTooLong(long tokens, long limit) {
      this("the prompt takes " + tokens + " positions, but the context has " + limit);
    }

    @Override
    public String code() {
      return "context_length_exceeded";
    }
  }

  /** A bounded queue is full. */
  record Overloaded(String message, Duration retryAfter) implements ServiceError {
    @Override
    public String code() {
      return "overloaded";
    }
  }

  /** The role is starting, stopping or has lost a peer; another replica, or a later try, may succeed. */
  record Unavailable(String message, Duration retryAfter) implements ServiceError {
    public Unavailable(String message) {
      this(message, Duration.ofSeconds(1));
    }

    @Override
    public String code() {
      return "unavailable";
    }
  }

  /** The caller's fencing token is older than one seen already. */
  record StaleEpoch(String message) implements ServiceError {
    public StaleEpoch(long given, long current) {
      this("epoch " + Long.toUnsignedString(given) + " is older than " + Long.toUnsignedString(current));
    }

    @Override
    public String code() {
      return "stale_epoch";
    }
  }

  /** The caller broke the protocol's order, or the role's state does not allow the call. */
  record FailedPrecondition(String code, String message) implements ServiceError {
    public FailedPrecondition(String message) {
      this("failed_precondition", message);
    }
  }

  /** The time given for the call is over. */
  record DeadlineExceeded(String message) implements ServiceError {
    @Override
    public String code() {
      return "deadline_exceeded";
    }
  }

  /** The caller went away or asked for the end. */
  record Cancelled(String message) implements ServiceError {
    @Override
    public String code() {
      return "cancelled";
    }
  }

  /** A fault of ours. The message says no more than where. */
  record Internal(String message) implements ServiceError {
    @Override
    public String code() {
      return "internal";
    }
  }

  /** The gRPC status of the case. */
  private Status.Code status() {
    return switch (this) {
      case InvalidArgument _ -> Status.Code.INVALID_ARGUMENT;
      case NotFound _ -> Status.Code.NOT_FOUND;
      case ContextTooLong _ -> Status.Code.INVALID_ARGUMENT;
      case Overloaded _ -> Status.Code.RESOURCE_EXHAUSTED;
      case Unavailable _ -> Status.Code.UNAVAILABLE;
      case StaleEpoch _ -> Status.Code.ABORTED;
      case FailedPrecondition _ -> Status.Code.FAILED_PRECONDITION;
      case DeadlineExceeded _ -> Status.Code.DEADLINE_EXCEEDED;
      case Cancelled _ -> Status.Code.CANCELLED;
      case Internal _ -> Status.Code.INTERNAL;
    };
  }

  /** After how long another try makes sense, null where it does not. */
  default @Nullable Duration retryAfterOrNull() {
    return switch (this) {
      case Overloaded error -> error.retryAfter();
      case Unavailable error -> error.retryAfter();
      case InvalidArgument _,NotFound _,ContextTooLong _,StaleEpoch _,FailedPrecondition _,DeadlineExceeded _,Cancelled _,Internal _ ->
        null;
    };
  }

  /** The error as it goes over the wire. */
  default StatusException toStatus() {
    Metadata trailers = new Metadata();
    trailers.put(CODE, code());
    Duration retryAfter = retryAfterOrNull();
    if (retryAfter != null) {
      trailers.put(RETRY_AFTER, Long.toString(retryAfter.toMillis()));
    }
    return status().toStatus().withDescription(message()).asException(trailers);
  }

  /** The error to be thrown inside a role. */
  default ServiceException toException() {
    return new ServiceException(this);
  }

  /**
   * What a failure means: a {@link ServiceException} or a status with our trailers gives back its case, another status
   * the case of its code, everything else {@link Internal} without the failure's text, which might quote content.
   */
  static ServiceError from(Throwable failure) {
    return switch (failure) {
      case ServiceException e -> e.error();
      case StatusException e -> StatusErrors.decode(e.getStatus(), e.getTrailers());
      case StatusRuntimeException e -> StatusErrors.decode(e.getStatus(), e.getTrailers());
      case CompletionException e when e.getCause() != null -> from(e.getCause());
      case ExecutionException e when e.getCause() != null -> from(e.getCause());
      case InterruptedException _ -> new Cancelled("the work was given up");
      case CancellationException _ -> new Cancelled("the call was cancelled");
      case TimeoutException _ -> new DeadlineExceeded("the time given for the call is over");
      default -> new Internal("internal error (" + failure.getClass().getSimpleName() + ")");
    };
  }
}
