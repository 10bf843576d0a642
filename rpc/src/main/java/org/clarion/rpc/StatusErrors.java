package org.clarion.rpc;

import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** From the wire back to a {@link ServiceError}. */
final class StatusErrors {
  private static final Duration DEFAULT_RETRY_AFTER = Duration.ofSeconds(1);
  private static final long MAX_RETRY_AFTER_MILLIS = 3_600_000;

  private StatusErrors() {}

  static ServiceError decode(Status status, @Nullable Metadata trailers) {
    String code = trailers == null ? null : trailers.get(ServiceError.CODE);
    String message = status.getDescription() == null ? status.getCode().name() : status.getDescription();
    Duration retryAfter = retryAfter(trailers);
    return switch (status.getCode()) {
      case INVALID_ARGUMENT, OUT_OF_RANGE -> "context_length_exceeded".equals(code)
          ? new ServiceError.ContextTooLong(message)
          : new ServiceError.InvalidArgument(code == null ? "invalid_argument" : code, message);
      case NOT_FOUND -> new ServiceError.NotFound(code == null ? "not_found" : code, message);
      case RESOURCE_EXHAUSTED -> new ServiceError.Overloaded(message, retryAfter);
      case UNAVAILABLE -> new ServiceError.Unavailable(message, retryAfter);
      case ABORTED -> "stale_epoch".equals(code)
          ? new ServiceError.StaleEpoch(message)
          : new ServiceError.Unavailable(message, retryAfter);
      case FAILED_PRECONDITION ->
        new ServiceError.FailedPrecondition(code == null ? "failed_precondition" : code, message);
      case DEADLINE_EXCEEDED -> new ServiceError.DeadlineExceeded(message);
      case CANCELLED -> new ServiceError.Cancelled(message);
      case OK, UNKNOWN, ALREADY_EXISTS, PERMISSION_DENIED, UNIMPLEMENTED, INTERNAL, DATA_LOSS, UNAUTHENTICATED ->
        new ServiceError.Internal(message);
    };
  }

  private static Duration retryAfter(@Nullable Metadata trailers) {
    String millis = trailers == null ? null : trailers.get(ServiceError.RETRY_AFTER);
    if (millis == null) {
      return DEFAULT_RETRY_AFTER;
    }
    try {
      return Duration.ofMillis(Math.clamp(Long.parseLong(millis), 0, MAX_RETRY_AFTER_MILLIS));
    } catch (NumberFormatException _) {
      return DEFAULT_RETRY_AFTER;
    }
  }
}
