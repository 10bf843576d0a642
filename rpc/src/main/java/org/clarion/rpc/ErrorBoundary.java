package org.clarion.rpc;

import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last stop of exceptions that a handler lets escape: the caller gets the {@link ServiceError} that they mean
 * instead of gRPC's bare {@code UNKNOWN}. A {@link ServiceException} is an answer; anything else is a fault of ours and
 * is logged with its stack but without its message, which might quote content.
 */
final class ErrorBoundary implements ServerInterceptor {
  private static final Logger log = LoggerFactory.getLogger(ErrorBoundary.class);

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(ServerCall<Q, R> call, Metadata headers,
      ServerCallHandler<Q, R> next) {
    return new SimpleForwardingServerCallListener<>(next.startCall(call, headers)) {
      @Override
      public void onMessage(Q message) {
        guard(call, () -> super.onMessage(message));
      }

      @Override
      public void onHalfClose() {
        guard(call, super::onHalfClose);
      }

      @Override
      public void onReady() {
        guard(call, super::onReady);
      }
    };
  }

  private static void guard(ServerCall<?, ?> call, Runnable handler) {
    try {
      handler.run();
    } catch (RuntimeException failure) {
      ServiceError error = ServiceError.from(failure);
      if (error instanceof ServiceError.Internal) {
        log.error("{} failed: {} at {}", call.getMethodDescriptor().getFullMethodName(), failure.getClass().getName(),
            failure.getStackTrace().length == 0 ? "?" : failure.getStackTrace()[0]);
      }
      StatusException status = error.toStatus();
      Metadata trailers = status.getTrailers();
      try {
        call.close(status.getStatus(), trailers == null ? new Metadata() : trailers);
      } catch (IllegalStateException alreadyClosed) {
        log.debug("{} was closed already with {}", call.getMethodDescriptor().getFullMethodName(), Status.Code.OK);
      }
    }
  }
}
