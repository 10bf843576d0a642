package org.clarion.gateway.flow;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.clarion.gateway.api.ApiError;
import org.clarion.gateway.api.ServedModel;
import org.clarion.gateway.api.ValidRequest;
import org.clarion.gateway.rpc.GenerationCall;
import org.clarion.gateway.rpc.GenerationListener;
import org.clarion.proto.v1.Attached;
import org.clarion.proto.v1.FinishReason;
import org.clarion.proto.v1.Finished;
import org.clarion.proto.v1.GenerateStart;
import org.clarion.proto.v1.Placed;
import org.clarion.proto.v1.Tokens;
import org.clarion.rpc.ServiceError;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One generation between scheduler and client: tokens become text and leave through the {@link Reply}; missing images
 * go to a vision worker. It was started here, or is one that was started elsewhere and is told here from some token on.
 * Its listener methods come one at a time on the arrival's executor, the others from anywhere.
 */
final class Exchange implements GenerationListener {
  private static final Logger log = LoggerFactory.getLogger(Exchange.class);

  private final Arrival arrival;
  private final GenerationFlow.Services services;
  private final GatewayMetrics.OfTenant metrics;
  private final GenerationCall call;
  private final @Nullable Deliveries images;
  private final @Nullable Resumption resumption;
  private final AtomicInteger owed = new AtomicInteger();
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile @Nullable Reply reply;
  private volatile @Nullable Teller teller;
  private volatile String model = "-";
  private boolean endSent;
  private long firstTokenAt;
  private long lastTokenAt;
  private int missing;

  /**
   * What is needed to tell an answer that was started elsewhere.
   *
   * @param models
   *          that this gateway offers
   * @param replies
   *          where the answer goes
   * @param from
   *          tokens whose text the reader has
   */
  record Resumption(Map<String, ServedModel> models, Replies replies, int from) {}

  /** A generation that starts here. */
  Exchange(Arrival arrival, ValidRequest request, Prompt prompt, GenerateStart start, Reply reply,
      GenerationFlow.Services services) {
    this.arrival = arrival;
    this.services = services;
    this.metrics = services.metrics().of(arrival.tenant());
    this.resumption = null;
    this.model = start.getModel();
    this.images = new Deliveries(start, prompt.pixels(), services.vision(), services.threads(), this::broken);
    this.call = services.schedulers().generation(start, this, arrival.executor());
    tell(reply, new Teller(reply, request.model().tokenizer(), request.stops().texts(),
        request.sampling().logprobs().orElse(0), 0));
  }

  /** A generation that was started before. */
  Exchange(Arrival arrival, Resumption resumption, GenerationFlow.Services services) {
    this.arrival = arrival;
    this.services = services;
    this.metrics = services.metrics().of(arrival.tenant());
    this.resumption = resumption;
    this.images = null;
    this.call = services.schedulers().attach(arrival.tenant().id(), arrival.id(), this, arrival.executor());
  }

  private void tell(Reply to, Teller by) {
    reply = to;
    teller = by;
    to.onDrained(this::repay);
  }

  /** Sends the generation on its way. */
  void begin() {
    services.generations().register(this);
    call.begin();
  }

  boolean is(String tenant, String id) {
    return arrival.tenant().id().equals(tenant) && arrival.id().equals(id);
  }

  /** The user pressed Stop. */
  void stop() {
    call.stop();
  }

  /** The client went away: the generation goes on for a while without it, and its images to the ranks. */
  void abandon() {
    call.abandon("the client went away");
    close("abandoned", 0, 0, false);
  }

  /** The gateway stops: the client is to go on elsewhere. */
  void part() {
    call.abandon("the gateway is stopping");
    if (!closed.get()) {
      Reply to = reply;
      if (to != null) {
        to.part();
      } else if (resumption != null) {
        resumption.replies().refuse(ApiError.unavailable("unavailable", "The gateway is stopping",
            Duration.ofSeconds(1)));
      }
    }
    close("parted", 0, 0, false);
  }

  @Override
  public void placed(Placed placed) {
    missing = placed.getMissingImagesCount();
    Reply to = reply;
    if (to != null) {
      to.open();
    }
    if (images != null) {
      ServiceError error = images.bring(placed);
      if (error != null) {
        broken(error);
      }
    }
  }

  @Override
  public void attached(Attached attached) {
    if (resumption == null || teller != null || closed.get()) {
      return;
    }
    GenerateStart start = attached.getStart();
    ServedModel served = resumption.models().get(start.getModel());
    ApiError refusal = attached.getExpired()
        ? ApiError.gone(start.getSessionId())
        : served == null
            ? ApiError.notFound("model_not_found", null, "This gateway does not offer the answer's model")
            : resumption.from() > attached.getCommitted()
                ? ApiError.invalid("from_invalid", "from", "The answer has " + attached.getCommitted()
                    + " tokens: it cannot be told from " + resumption.from() + " on")
                : null;
    if (refusal != null || served == null) {
      call.abandon("not to be told");
      resumption.replies().refuse(refusal == null ? ApiError.internal() : refusal);
      close(refusal == null ? "internal" : refusal.code(), 0, 0, true);
      return;
    }
    model = start.getModel();
    Reply to = resumption.replies().of(start);
    tell(to, new Teller(to, served.tokenizer(), start.getForm().getStopStringsList(),
        start.getSampling().getTopLogProbabilities(), resumption.from()));
    to.open();
  }

  @Override
  public void tokens(Tokens tokens) {
    Teller by = teller;
    if (by == null) {
      broken(new ServiceError.Internal("tokens came before the generation was placed"));
      return;
    }
    long now = System.nanoTime();
    if (firstTokenAt == 0) {
      firstTokenAt = now;
      if (resumption == null) {
        metrics.firstToken().record(now - arrival.nanos(), TimeUnit.NANOSECONDS);
      }
    } else {
      metrics.betweenTokens().record(now - lastTokenAt, TimeUnit.NANOSECONDS);
    }
    lastTokenAt = now;
    if (tokens.getFirstIndex() > by.received()) {
      broken(new ServiceError.Internal("tokens are missing before index " + tokens.getFirstIndex()));
      return;
    }
    boolean more = by.take(tokens);
    if (by.stopped() && !endSent) {
      endSent = true;
      call.endAt(by.keptTokens());
    }
    if (more) {
      call.consumed();
    } else {
      owed.incrementAndGet();
    }
  }

  private void repay() {
    for (int due = owed.getAndSet(0); due > 0; due--) {
      call.consumed();
    }
  }

  @Override
  public void finished(Finished finished) {
    Teller by = teller;
    if (by == null) {
      failed(new ServiceError.Internal("the generation ended before it was placed"));
      return;
    }
    String reason = by.finish(finished);
    close(finished.getReason() == FinishReason.FINISH_REASON_CANCELLED ? "cancelled" : reason,
        finished.getPromptTokens(), finished.getCachedTokens(), true);
  }

  @Override
  public void failed(ServiceError error) {
    if (closed.get()) {
      return;
    }
    Reply to = reply;
    if (to != null) {
      to.fail(ApiError.of(error));
    } else if (resumption != null) {
      resumption.replies().refuse(ApiError.of(error));
    }
    close(error.code(), 0, 0, true);
  }

  /** Ends a generation that cannot go on although the scheduler thinks so. */
  private void broken(ServiceError error) {
    call.stop();
    call.abandon(error.code());
    failed(error);
  }

  private void close(String reason, int prompt, int cached, boolean everything) {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    services.generations().unregister(this);
    if (everything && images != null) {
      images.close();
    }
    Teller by = teller;
    long now = System.nanoTime();
    metrics.request().record(now - arrival.nanos(), TimeUnit.NANOSECONDS);
    log.info(
        "generation tenant={} id={} route={} model={} reason={} prompt_tokens={} cached_tokens={} tokens={} images={}"
            + " first_token_ms={} total_ms={}",
        arrival.tenant().id(), arrival.id(), arrival.route(), model, reason,
        prompt, cached, by == null ? 0 : by.received(), missing,
        firstTokenAt == 0 ? -1 : TimeUnit.NANOSECONDS.toMillis(firstTokenAt - arrival.nanos()),
        TimeUnit.NANOSECONDS.toMillis(now - arrival.nanos()));
  }
}
