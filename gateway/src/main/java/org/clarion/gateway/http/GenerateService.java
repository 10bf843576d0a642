package org.clarion.gateway.http;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpResponseWriter;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import org.clarion.gateway.api.ApiError;
import org.clarion.gateway.api.ApiException;
import org.clarion.gateway.api.ValidRequest;
import org.clarion.gateway.core.AnswerFormat;
import org.clarion.gateway.flow.Arrival;
import org.clarion.gateway.flow.GenerationFlow;
import org.clarion.gateway.flow.Generations;
import org.clarion.gateway.flow.Reply;
import org.clarion.gateway.tenant.Tenant;
import org.clarion.rpc.ServiceError;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code POST /v1/chat/completions} and {@code /v1/completions}. Admission and the body's cap are checked on the event
 * loop; parsing, pictures and prompt run on a virtual thread; the answer is turned into text and events on the event
 * loop of its own connection, so that a token wakes one thread.
 */
final class GenerateService implements HttpService {
  private static final Logger log = LoggerFactory.getLogger(GenerateService.class);

  private final Kind kind;
  private final Parts parts;

  /** Which of the two routes. */
  enum Kind {
    CHAT("chatcmpl-"), COMPLETION("cmpl-");

    private final String prefix;

    Kind(String prefix) {
      this.prefix = prefix;
    }
  }

  /**
   * What both routes share.
   *
   * @param credentials
   *          who asks
   * @param parser
   *          bodies to requests
   * @param flow
   *          requests to answers
   * @param generations
   *          who is under way
   * @param uploads
   *          memory for bodies
   * @param threads
   *          virtual threads
   * @param limits
   *          sizes and times
   */
  record Parts(Credentials credentials, RequestParser parser, GenerationFlow flow, Generations generations,
      UploadBudget uploads, ExecutorService threads, Limits limits) {}

  /**
   * Sizes and times.
   *
   * @param bodyBytes
   *          largest body
   * @param uploadTime
   *          for the body to arrive
   * @param requestTime
   *          for everything
   * @param heartbeat
   *          longest silence in a stream
   * @param patience
   *          with a reader that takes nothing
   */
  record Limits(int bodyBytes, Duration uploadTime, Duration requestTime, Duration heartbeat, Duration patience) {}

  GenerateService(Kind kind, Parts parts) {
    this.kind = kind;
    this.parts = parts;
  }

  @Override
  public HttpResponse serve(ServiceRequestContext ctx, HttpRequest req) {
    ctx.setRequestTimeout(parts.limits().uploadTime());
    try {
      return receive(ctx, req);
    } catch (ApiException e) {
      // Answered when the body is through: a client that is cut off while it sends does not see the refusal.
      BodyReader unread = new BodyReader(0, 0);
      req.subscribe(unread, ctx.eventLoop());
      return HttpResponse.of(unread.body().handle((_, _) -> Responses.error(e.error())));
    }
  }

  private HttpResponse receive(ServiceRequestContext ctx, HttpRequest req) {
    long now = System.nanoTime();
    Tenant tenant = parts.credentials().require(ctx);
    String encoding = req.headers().get(HttpHeaderNames.CONTENT_ENCODING, "identity");
    if (!encoding.equalsIgnoreCase("identity")) {
      throw ApiError.other(HttpStatus.UNSUPPORTED_MEDIA_TYPE, "encoding_unsupported",
          "Request bodies are taken uncompressed: leave out the header Content-Encoding").exception();
    }
    long length = req.headers().contentLength();
    int cap = parts.limits().bodyBytes();
    parts.generations().admit();
    HttpResponseWriter response = HttpResponse.streaming();
    // A body that does not tell its length may have any; one above the cap is never kept.
    long reserved = length > cap ? 0 : length >= 0 ? length : cap;
    if (!parts.uploads().reserve(reserved)) {
      parts.generations().release();
      throw ApiError.overloaded("Too many request bodies are being received", Duration.ofSeconds(2)).exception();
    }
    Departure departure = new Departure(ctx, response, parts.generations()::release);
    Arrival arrival = new Arrival(tenant, kind.prefix + Ids.random(), ctx.config().route().patternString(), now,
        System.currentTimeMillis() / 1000, ctx.eventLoop().withoutContext());
    BodyReader reader = new BodyReader(cap, length);
    req.subscribe(reader, ctx.eventLoop());
    var _ = reader.body().handle((body, failure) -> {
      if (failure != null) {
        parts.uploads().release(reserved);
        // Too large, too slow or gone: the error handler answers.
        response.close(failure);
        return null;
      }
      ctx.setRequestTimeout(parts.limits().requestTime());
      parts.threads().execute(() -> {
        try {
          answer(ctx, arrival, body, response, departure);
        } finally {
          parts.uploads().release(reserved);
        }
      });
      return null;
    });
    return response;
  }

  private void answer(ServiceRequestContext ctx, Arrival arrival, byte[] body, HttpResponseWriter response,
      Departure departure) {
    ApiError error;
    try {
      ValidRequest request = switch (kind) {
        case CHAT -> parts.parser().chat(body);
        case COMPLETION -> parts.parser().completion(body);
      };
      String session = request.sessionId().orElseGet(() -> "ses-" + Ids.random());
      // The client may have gone before there was anything to abandon.
      departure.then(parts.flow().start(arrival, request, session, reply(ctx, arrival, request, session, response)));
      return;
    } catch (ApiException e) {
      error = e.error();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      error = ApiError.unavailable("unavailable", "The gateway is stopping", Duration.ofSeconds(1));
    } catch (RuntimeException e) {
      log.error("generation tenant={} id={} route={} failed before its start: {} at {}", arrival.tenant().id(),
          arrival.id(), arrival.route(), e.getClass().getName(),
          e.getStackTrace().length == 0 ? "?" : e.getStackTrace()[0]);
      error = ApiError.of(ServiceError.from(e));
    }
    log.info("generation tenant={} id={} route={} status={} code={}", arrival.tenant().id(), arrival.id(),
        arrival.route(), error.status().code(), error.code());
    if (response.tryWrite(Responses.errorHeaders(error)) && response.tryWrite(HttpData.ofUtf8(error.json()))) {
      response.close();
    }
  }

  private Reply reply(ServiceRequestContext ctx, Arrival arrival, ValidRequest request, String session,
      HttpResponseWriter response) {
    AnswerFormat format = new AnswerFormat(new AnswerFormat.Identity(request.chat(), arrival.id(),
        arrival.created(), request.model().id(), session, request.sampling().seed(),
        request.delivery().includeUsage()));
    StreamReply.AnswerHeaders headers = new StreamReply.AnswerHeaders(session, arrival.id(), request.sampling().seed());
    return request.delivery().stream()
        ? new StreamReply(response, headers, format, request.chat(), 0, new StreamReply.Pace(
            ctx.eventLoop().withoutContext(), parts.limits().heartbeat(), parts.limits().patience()))
        : new WholeReply(response, headers, format, request.sampling().logprobs().isPresent());
  }
}
