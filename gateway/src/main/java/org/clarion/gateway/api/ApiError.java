package org.clarion.gateway.api;

import com.linecorp.armeria.common.HttpStatus;
import java.time.Duration;
import org.clarion.gateway.core.JsonText;
import org.clarion.rpc.ServiceError;
import org.jspecify.annotations.Nullable;

/**
 * A refusal in OpenAI's shape.
 *
 * @param status
 *          of the response, if nothing was sent yet
 * @param type
 *          OpenAI's family of the error
 * @param code
 *          stable, for programs
 * @param param
 *          path of the field that is wrong, or null
 * @param message
 *          for people: names the bad value and the limit
 * @param retryAfter
 *          after which another try makes sense, or null
 */
public record ApiError(HttpStatus status, String type, String code, @Nullable String param, String message,
    @Nullable Duration retryAfter) {
  private static final String INVALID = "invalid_request_error";
  private static final String SERVER = "server_error";

  /** A field that is wrong. */
  public static ApiError invalid(String code, @Nullable String param, String message) {
    return of(HttpStatus.BAD_REQUEST, INVALID, code, param, message);
  }

  /** A credential that is missing or wrong. */
  public static ApiError unauthorized() {
    return of(HttpStatus.UNAUTHORIZED, INVALID, "invalid_api_key", null,
        "The API key is missing or wrong: send 'Authorization: Bearer <key>'");
  }

  /** No such thing, or not of this clinic. */
  public static ApiError notFound(String code, @Nullable String param, String message) {
    return of(HttpStatus.NOT_FOUND, INVALID, code, param, message);
  }

  /** An answer that is forgotten, but for what its session keeps. */
  public static ApiError gone(String session) {
    return of(HttpStatus.GONE, INVALID, "generation_expired", null,
        "The answer's events are kept no longer; what its session keeps is at /v1/sessions/" + session);
  }

  /** A body above the cap. */
  public static ApiError tooLarge(long limit) {
    return of(HttpStatus.REQUEST_ENTITY_TOO_LARGE, INVALID, "body_too_large", null,
        "The request body exceeds the limit of " + limit + " bytes");
  }

  /** More work than the gateway takes at once. */
  public static ApiError overloaded(String message, Duration retryAfter) {
    return overloaded("overloaded", message, retryAfter);
  }

  /** More work of one kind than the gateway takes at once. */
  public static ApiError overloaded(String code, String message, Duration retryAfter) {
    return new ApiError(HttpStatus.TOO_MANY_REQUESTS, "overloaded", code, null, message, retryAfter);
  }

  /** Something that is needed does not answer. */
  public static ApiError unavailable(String code, String message, Duration retryAfter) {
    return new ApiError(HttpStatus.SERVICE_UNAVAILABLE, SERVER, code, null, message, retryAfter);
  }

  /** A fault of ours. */
  public static ApiError internal() {
    return of(HttpStatus.INTERNAL_SERVER_ERROR, SERVER, "internal", null, "Internal error");
  }

  /** Any other status, for instance of a wrong method. */
  public static ApiError other(HttpStatus status, String code, String message) {
    return of(status, status.isServerError() ? SERVER : INVALID, code, null, message);
  }

  /** How an error of the cluster looks to a client. */
  public static ApiError of(ServiceError error) {
    return switch (error) {
      case ServiceError.InvalidArgument e -> invalid(e.code(), null, e.message());
      case ServiceError.NotFound e -> notFound(e.code(), null, e.message());
      case ServiceError.ContextTooLong e -> invalid(e.code(), "messages", e.message());
      case ServiceError.Overloaded e -> overloaded(e.message(), e.retryAfter());
      case ServiceError.Unavailable e -> unavailable(e.code(), e.message(), e.retryAfter());
      case ServiceError.StaleEpoch _ ->
        unavailable("unavailable", "the replica changed its owner; try again", Duration.ofSeconds(1));
      case ServiceError.FailedPrecondition e -> of(HttpStatus.CONFLICT, INVALID, e.code(), null, e.message());
      case ServiceError.DeadlineExceeded e -> of(HttpStatus.GATEWAY_TIMEOUT, SERVER, e.code(), null, e.message());
      case ServiceError.Cancelled e -> of(HttpStatus.CLIENT_CLOSED_REQUEST, SERVER, e.code(), null, e.message());
      case ServiceError.Internal _ -> internal();
    };
  }

  private static ApiError of(HttpStatus status, String type, String code, @Nullable String param, String message) {
    return new ApiError(status, type, code, param, message, null);
  }

  /** The body. */
  public String json() {
    return "{\"error\":{\"message\":" + JsonText.quoted(message) + ",\"type\":" + JsonText.quoted(type) + ",\"param\":"
        + (param == null ? "null" : JsonText.quoted(param)) + ",\"code\":" + JsonText.quoted(code) + "}}";
  }

  /** The error to be thrown while nothing was sent. */
  public ApiException exception() {
    return new ApiException(this);
  }
}
