package org.clarion.gateway.http;

import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.ContentTooLargeException;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.server.HttpStatusException;
import com.linecorp.armeria.server.RequestTimeoutException;
import com.linecorp.armeria.server.ServerErrorHandler;
import com.linecorp.armeria.server.ServiceConfig;
import com.linecorp.armeria.server.ServiceRequestContext;
import org.clarion.gateway.api.ApiError;
import org.clarion.gateway.api.ApiException;
import org.clarion.rpc.ServiceError;
import org.clarion.rpc.ServiceException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gives every error that leaves the server OpenAI's shape. A fault of ours is logged without its message. */
final class ErrorHandler implements ServerErrorHandler {
  private static final Logger log = LoggerFactory.getLogger(ErrorHandler.class);

  private final int bodyLimit;

  ErrorHandler(int bodyLimit) {
    this.bodyLimit = bodyLimit;
  }

  @Override
  public HttpResponse onServiceException(ServiceRequestContext ctx, Throwable cause) {
    return Responses.error(error(ctx, cause));
  }

  private ApiError error(ServiceRequestContext ctx, Throwable cause) {
    return switch (cause) {
      case ApiException e -> e.error();
      case ServiceException e -> ApiError.of(e.error());
      case ContentTooLargeException _ -> ApiError.tooLarge(bodyLimit);
      case HttpStatusException e -> ofStatus(e.httpStatus());
      case RequestTimeoutException _ -> ApiError.other(HttpStatus.REQUEST_TIMEOUT, "request_timeout",
          "The request did not arrive in time");
      default -> {
        log.error("{} failed: {} at {}", ctx.config().route().patternString(), cause.getClass().getName(),
            cause.getStackTrace().length == 0 ? "?" : cause.getStackTrace()[0]);
        yield ApiError.of(ServiceError.from(cause));
      }
    };
  }

  @Override
  public AggregatedHttpResponse renderStatus(@Nullable ServiceRequestContext ctx, ServiceConfig config,
      @Nullable RequestHeaders headers, HttpStatus status, @Nullable String description, @Nullable Throwable cause) {
    return AggregatedHttpResponse.of(status, MediaType.JSON_UTF_8, ofStatus(status).json());
  }

  private ApiError ofStatus(HttpStatus status) {
    return switch (status.code()) {
      case 404 -> ApiError.notFound("not_found", null, "There is no such route");
      case 405 -> ApiError.other(status, "method_not_allowed", "The route does not take this method");
      case 413 -> ApiError.tooLarge(bodyLimit);
      default -> ApiError.other(status, "http_" + status.code(), status.reasonPhrase());
    };
  }
}
