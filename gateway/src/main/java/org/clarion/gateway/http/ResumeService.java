package org.clarion.gateway.http;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpResponseWriter;
import com.linecorp.armeria.common.QueryParams;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import java.time.Duration;
import java.util.Map;
import org.clarion.gateway.api.ApiError;
import org.clarion.gateway.api.ServedModel;
import org.clarion.gateway.core.AnswerFormat;
import org.clarion.gateway.flow.Arrival;
import org.clarion.gateway.flow.GenerationFlow;
import org.clarion.gateway.flow.Generations;
import org.clarion.gateway.flow.Replies;
import org.clarion.gateway.flow.Reply;
import org.clarion.gateway.tenant.Tenant;
import org.clarion.proto.v1.GenerateStart;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /v1/generations/{id}/events}: goes on telling an answer that was started here or at another gateway, from
 * the token after the header {@code Last-Event-ID} or the parameter {@code from}, whichever of them is there.
 */
final class ResumeService implements HttpService {
  /** A header: what a browser sends by itself when it comes back. */
  static final String LAST_EVENT_ID = "last-event-id";

  private final Parts parts;

  /**
   * What the route needs.
   *
   * @param credentials
   *          who asks
   * @param models
   *          served models by id
   * @param flow
   *          to the answers
   * @param generations
   *          who is under way
   * @param requestTime
   *          for everything
   * @param heartbeat
   *          longest silence in a stream
   * @param patience
   *          with a reader that takes nothing
   */
  record Parts(Credentials credentials, Map<String, ServedModel> models, GenerationFlow flow, Generations generations,
      Duration requestTime, Duration heartbeat, Duration patience) {}

  ResumeService(Parts parts) {
    this.parts = parts;
  }

  @Override
  public HttpResponse serve(ServiceRequestContext ctx, HttpRequest req) {
    Tenant tenant = parts.credentials().require(ctx);
    int from = from(req.headers().get(LAST_EVENT_ID), ctx.queryParams());
    String id = ctx.pathParam("id");
    parts.generations().admit();
    ctx.setRequestTimeout(parts.requestTime());
    HttpResponseWriter response = HttpResponse.streaming();
    Departure departure = new Departure(ctx, response, parts.generations()::release);
    Arrival arrival = new Arrival(tenant, id == null ? "" : id, ctx.config().route().patternString(),
        System.nanoTime(), System.currentTimeMillis() / 1000, ctx.eventLoop().withoutContext());
    departure.then(parts.flow().resume(arrival, parts.models(), from, new To(ctx, response, arrival.id(), from)));
    return response;
  }

  private static int from(@Nullable String lastEventId, QueryParams query) {
    String text = lastEventId == null ? query.get("from", "0") : lastEventId;
    try {
      int from = Integer.parseInt(text);
      if (from >= 0) {
        return from;
      }
    } catch (NumberFormatException _) {
      // Refused below, like a negative number.
    }
    throw ApiError.invalid("from_invalid", "from", "An answer is told from a number of tokens on that is 0 or more")
        .exception();
  }

  /** Makes the stream's reply once the scheduler told what the answer is. */
  private final class To implements Replies {
    private final ServiceRequestContext ctx;
    private final HttpResponseWriter response;
    private final String id;
    private final int from;

    To(ServiceRequestContext ctx, HttpResponseWriter response, String id, int from) {
      this.ctx = ctx;
      this.response = response;
      this.id = id;
      this.from = from;
    }

    @Override
    public Reply of(GenerateStart start) {
      boolean chat = start.getForm().getChat();
      long seed = start.getSampling().getSeed();
      AnswerFormat format = new AnswerFormat(new AnswerFormat.Identity(chat, id, start.getForm().getCreated(),
          start.getModel(), start.getSessionId(), seed, start.getForm().getIncludeUsage()));
      return new StreamReply(response, new StreamReply.AnswerHeaders(start.getSessionId(), id, seed), format, chat,
          from, new StreamReply.Pace(ctx.eventLoop().withoutContext(), parts.heartbeat(), parts.patience()));
    }

    @Override
    public void refuse(ApiError error) {
      var _ = response.tryWrite(Responses.errorHeaders(error));
      var _ = response.tryWrite(HttpData.ofUtf8(error.json()));
      response.close();
    }
  }
}
