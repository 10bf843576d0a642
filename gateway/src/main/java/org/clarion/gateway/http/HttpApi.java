package org.clarion.gateway.http;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpHeaders;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.file.FileService;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import org.clarion.gateway.api.ApiError;
import org.clarion.gateway.api.ServedModel;
import org.clarion.gateway.core.JsonText;
import org.clarion.gateway.flow.GatewayMetrics;
import org.clarion.gateway.flow.GenerationFlow;
import org.clarion.gateway.flow.Generations;
import org.clarion.gateway.rpc.Schedulers;
import org.clarion.gateway.tenant.Authenticator;
import org.clarion.gateway.tenant.Tenant;
import org.clarion.proto.v1.GetSessionResponse;

/** The table of routes. */
public final class HttpApi {
  /** Nothing but our own files, and pictures that the user chose. */
  private static final String CONTENT_POLICY = "default-src 'none'; script-src 'self'; style-src 'self';"
      + " img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
  /** A body up to this many times the cap is read to its end, unkept, so that its sender gets to see the refusal. */
  private static final int DISCARDED_BODIES = 4;
  private static final Duration UPLOAD_TIME = Duration.ofMinutes(2);
  private static final Duration STOP_TIME = Duration.ofSeconds(8);
  private static final Duration REQUEST_TIME = Duration.ofMinutes(31);

  private static final Pattern KNOWN = Pattern.compile(
      "/v1/(chat/completions|completions|models(/[^/]+)?|sessions/[^/]+|generations/[^/]+(/events)?)");

  private final Parts parts;
  private final Credentials credentials;

  /**
   * What the routes need.
   *
   * @param models
   *          served models by id, in the order in which they are listed
   * @param authenticator
   *          who asks
   * @param schedulers
   *          for sessions
   * @param flow
   *          for answers
   * @param generations
   *          for admission and Stop
   * @param metrics
   *          requests are counted here
   * @param registry
   *          what {@code /metrics} shows
   * @param ready
   *          whether a request could be answered now; must not block
   * @param threads
   *          virtual threads
   * @param limits
   *          sizes
   */
  public record Parts(Map<String, ServedModel> models, Authenticator authenticator, Schedulers schedulers,
      GenerationFlow flow, Generations generations, GatewayMetrics metrics, MeterRegistry registry,
      BooleanSupplier ready, ExecutorService threads, Limits limits) {}

  /**
   * Sizes and times that operators set.
   *
   * @param bodyBytes
   *          largest body
   * @param uploadBytes
   *          bodies in memory at once
   * @param images
   *          images of one request
   * @param heartbeat
   *          longest silence in a stream
   * @param patience
   *          with a reader that takes nothing
   */
  public record Limits(int bodyBytes, long uploadBytes, int images, Duration heartbeat, Duration patience) {}

  public HttpApi(Parts parts) {
    this.parts = parts;
    this.credentials = new Credentials(parts.authenticator());
  }

  /** Adds routes, error shape, counting and security headers. */
  public void install(ServerBuilder server) {
    Limits limits = parts.limits();
    GenerateService.Parts generate = new GenerateService.Parts(credentials,
        new RequestParser(parts.models(), limits.images()), parts.flow(), parts.generations(),
        new UploadBudget(limits.uploadBytes()), parts.threads(),
        new GenerateService.Limits(limits.bodyBytes(), UPLOAD_TIME, REQUEST_TIME, limits.heartbeat(),
            limits.patience()));
    server.maxRequestLength((long) DISCARDED_BODIES * limits.bodyBytes())
        .errorHandler(new ErrorHandler(limits.bodyBytes()));
    server.decorator((delegate, ctx, req) -> {
      // A path that is no route falls to the files: one name for all of them.
      String pattern = ctx.config().route().patternString();
      String route = pattern.startsWith("/v1") || pattern.startsWith("/health") || pattern.equals("/metrics")
          ? pattern
          : "other";
      var _ = ctx.log().whenComplete().thenAccept(
          log -> parts.metrics().request(route, log.responseHeaders().status().code()));
      ctx.mutateAdditionalResponseHeaders(headers -> headers.set("x-content-type-options", "nosniff"));
      return delegate.serve(ctx, req);
    });
    server.route().post("/v1/chat/completions").build(new GenerateService(GenerateService.Kind.CHAT, generate));
    server.route().post("/v1/completions").build(new GenerateService(GenerateService.Kind.COMPLETION, generate));
    server.route().get("/v1/models").build(models());
    server.route().get("/v1/models/{id}").build((ctx, _) -> model(ctx));
    server.route().get("/v1/sessions/{id}").build((ctx, _) -> session(ctx));
    server.route().delete("/v1/generations/{id}").post("/v1/generations/{id}").build((ctx, _) -> stop(ctx));
    server.route().get("/v1/generations/{id}/events").build(new ResumeService(new ResumeService.Parts(credentials,
        parts.models(), parts.flow(), parts.generations(), REQUEST_TIME, limits.heartbeat(), limits.patience())));
    server.route().get("/health/live").build((_, _) -> Responses.json(HttpStatus.OK, "{\"status\":\"live\"}"));
    server.route().get("/health/ready").build((_, _) -> ready());
    server.route().get("/metrics").build((_, _) -> metrics());
    server.route().pathPrefix("/v1").build((ctx, _) -> {
      throw noSuchRoute(ctx.path());
    });
    server.serviceUnder("/", page());
  }

  private static RuntimeException noSuchRoute(String path) {
    return (KNOWN.matcher(path).matches()
        ? ApiError.other(HttpStatus.METHOD_NOT_ALLOWED, "method_not_allowed", "The route does not take this method")
        : ApiError.notFound("not_found", null, "There is no such route")).exception();
  }

  private HttpService models() {
    String list = "{\"object\":\"list\",\"data\":["
        + String.join(",", parts.models().values().stream().map(HttpApi::describe).toList()) + "]}";
    return (ctx, _) -> {
      credentials.require(ctx);
      return Responses.json(HttpStatus.OK, list);
    };
  }

  private HttpResponse model(ServiceRequestContext ctx) {
    credentials.require(ctx);
    ServedModel model = parts.models().get(id(ctx));
    if (model == null) {
      throw ApiError.notFound("model_not_found", "model", "There is no such model").exception();
    }
    return Responses.json(HttpStatus.OK, describe(model));
  }

  private static String describe(ServedModel model) {
    return "{\"id\":" + JsonText.quoted(model.id()) + ",\"object\":\"model\",\"created\":0,\"owned_by\":\"clarion\""
        + ",\"title\":" + JsonText.quoted(model.manifest().title()) + ",\"licence\":"
        + JsonText.quoted(model.manifest().licence()) + ",\"notice\":" + JsonText.quoted(model.manifest().notice())
        + ",\"images\":" + (model.manifest().vision() != null) + ",\"max_context\":" + model.maxContext() + "}";
  }

  private HttpResponse session(ServiceRequestContext ctx) {
    Tenant tenant = credentials.require(ctx);
    String id = id(ctx);
    return HttpResponse.of(CompletableFuture.supplyAsync(() -> {
      GetSessionResponse session = parts.schedulers().session(tenant.id(), id);
      return Responses.json(HttpStatus.OK, "{\"id\":" + JsonText.quoted(session.getSessionId())
          + ",\"object\":\"session\",\"model\":" + JsonText.quoted(session.getModel()) + ",\"turns\":"
          + session.getTurns() + ",\"tokens\":" + session.getTokens() + "}");
    }, parts.threads()));
  }

  private HttpResponse stop(ServiceRequestContext ctx) {
    Tenant tenant = credentials.require(ctx);
    String id = id(ctx);
    // One that another gateway started, or that goes on without a reader, is ended at its scheduler.
    CompletableFuture<Boolean> stopped = parts.generations().stop(tenant, id)
        ? CompletableFuture.completedFuture(true)
        : parts.schedulers().stop(tenant.id(), id, parts.threads()).orTimeout(STOP_TIME.toMillis(),
            TimeUnit.MILLISECONDS);
    return HttpResponse.of(stopped.thenApply(found -> {
      if (!found) {
        throw ApiError.notFound("generation_not_found", "id", "No generation of that id is under way").exception();
      }
      return Responses.json(HttpStatus.ACCEPTED,
          "{\"id\":" + JsonText.quoted(id) + ",\"object\":\"generation\",\"status\":\"stopping\"}");
    }));
  }

  private static String id(ServiceRequestContext ctx) {
    String id = ctx.pathParam("id");
    return id == null ? "" : id;
  }

  private HttpResponse ready() {
    boolean ready = !parts.generations().draining() && parts.ready().getAsBoolean();
    return Responses.json(ready ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE,
        "{\"status\":\"" + (ready ? "ready" : "not ready") + "\"}");
  }

  private HttpResponse metrics() {
    if (parts.registry() instanceof PrometheusMeterRegistry prometheus) {
      return HttpResponse.of(HttpStatus.OK, MediaType.parse("text/plain; version=0.0.4; charset=utf-8"),
          prometheus.scrape());
    }
    throw ApiError.notFound("not_found", null, "This process does not publish metrics").exception();
  }

  private static HttpService page() {
    return FileService.builder(HttpApi.class.getClassLoader(), "/web")
        .cacheControl("no-cache")
        .setHeaders(HttpHeaders.of(HttpHeaderNames.CONTENT_SECURITY_POLICY, CONTENT_POLICY,
            HttpHeaderNames.REFERRER_POLICY, "no-referrer", HttpHeaderNames.X_FRAME_OPTIONS, "DENY"))
        .build().orElse((ctx, _) -> {
          throw noSuchRoute(ctx.path());
        });
  }
}
