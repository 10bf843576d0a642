package org.clarion.gateway.http;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import java.time.Duration;
import org.clarion.gateway.api.ApiError;

/** Responses that are whole from the start. */
final class Responses {
  private Responses() {}

  static HttpResponse json(HttpStatus status, String json) {
    return HttpResponse.of(status, MediaType.JSON_UTF_8, json);
  }

  static HttpResponse error(ApiError error) {
    return HttpResponse.of(errorHeaders(error), HttpData.ofUtf8(error.json()));
  }

  static ResponseHeaders errorHeaders(ApiError error) {
    ResponseHeadersBuilder headers = ResponseHeaders.builder(error.status()).contentType(MediaType.JSON_UTF_8);
    Duration retryAfter = error.retryAfter();
    if (retryAfter != null) {
      headers.set(HttpHeaderNames.RETRY_AFTER, Long.toString(Math.max(1, retryAfter.plusMillis(999).toSeconds())));
    }
    if (error.status().equals(HttpStatus.UNAUTHORIZED)) {
      headers.set(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer");
    }
    return headers.build();
  }
}
