package org.clarion.gateway.flow;

import com.google.protobuf.ByteString;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.clarion.gateway.api.ApiError;
import org.clarion.gateway.api.ValidRequest;
import org.clarion.gateway.core.AnswerText;
import org.clarion.gateway.core.StopMatcher;
import org.clarion.gateway.core.Usage;
import org.clarion.gateway.rpc.GenerationCall;
import org.clarion.gateway.rpc.GenerationListener;
import org.clarion.gateway.rpc.VisionClient.Delivery;
import org.clarion.models.image.PixelTensor;
import org.clarion.proto.v1.FinishReason;
import org.clarion.proto.v1.Finished;
import org.clarion.proto.v1.GenerateStart;
import org.clarion.proto.v1.Placed;
import org.clarion.proto.v1.Tokens;
import org.clarion.rpc.ServiceError;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One generation between scheduler and client: tokens become text and leave through the {@link Reply}; missing images
 * go to a vision worker. Its listener methods come one at a time on the arrival's executor, {@link #stop} and
 * {@link #abandon} from anywhere.
 */
final class Exchange implements GenerationListener {
  private static final Logger log = LoggerFactory.getLogger(Exchange.class);

  private final Arrival arrival;
  private final GenerateStart start;
  private final Reply reply;
  private final GenerationFlow.Services services;
  private final GatewayMetrics.OfTenant metrics;
  private final AnswerText answer;
  private final TokenChances chances;
  private final GenerationCall call;
  private final AtomicInteger owed = new AtomicInteger();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final ConcurrentLinkedQueue<Future<?>> deliveries = new ConcurrentLinkedQueue<>();
  private volatile Map<ByteString, PixelTensor> pixels;
  private boolean endSent;
  private int received;
  private long firstTokenAt;
  private long lastTokenAt;
  private int images;

  Exchange(Arrival arrival, ValidRequest request, Prompt prompt, GenerateStart start, Reply reply,
      GenerationFlow.Services services) {
    this.arrival = arrival;
    this.start = start;
    this.reply = reply;
    this.services = services;
    this.metrics = services.metrics().of(arrival.tenant());
    this.pixels = prompt.pixels();
    this.answer = new AnswerText(request.model().tokenizer().streamDecoder(), new StopMatcher(request.stops().texts()));
    this.chances = new TokenChances(request.model().tokenizer(), request.sampling().logprobs().orElse(0));
    this.call = services.schedulers().generation(start, this, arrival.executor());
    reply.onDrained(this::repay);
  }

  /** Sends the generation on its way. */
  void begin() {
    services.generations().register(arrival.tenant(), arrival.id(), this::stop);
    call.begin();
  }

  /** The user pressed Stop. */
  void stop() {
    call.stop();
  }

  /** The client went away. */
  void abandon() {
    call.abandon("the client went away");
    close("abandoned", 0, 0);
  }

  @Override
  public void placed(Placed placed) {
    reply.open();
    images = placed.getMissingImagesCount();
    for (ByteString hash : placed.getMissingImagesList()) {
      PixelTensor tensor = pixels.get(hash);
      if (tensor == null) {
        broken(new ServiceError.FailedPrecondition("image_lost",
            "an image of this session is no longer kept: send it again in a new session"));
        return;
      }
      Delivery delivery = new Delivery(start.getTenant(), start.getModel(), hash, tensor,
          placed.getEmbeddingDestinationsList());
      deliveries.add(services.threads().submit(() -> deliver(delivery)));
    }
    pixels = Map.of();
    if (closed.get()) {
      deliveries.forEach(delivery -> delivery.cancel(true));
    }
  }

  private void deliver(Delivery delivery) {
    try {
      services.vision().deliver(delivery);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      broken(ServiceError.from(e));
    }
  }

  @Override
  public void tokens(Tokens tokens) {
    long now = System.nanoTime();
    if (firstTokenAt == 0) {
      firstTokenAt = now;
      metrics.firstToken().record(now - arrival.nanos(), TimeUnit.NANOSECONDS);
    } else {
      metrics.betweenTokens().record(now - lastTokenAt, TimeUnit.NANOSECONDS);
    }
    lastTokenAt = now;
    if (tokens.getFirstIndex() > received) {
      broken(new ServiceError.Internal("tokens are missing before index " + tokens.getFirstIndex()));
      return;
    }
    StringBuilder text = new StringBuilder();
    for (int i = received - tokens.getFirstIndex(); i < tokens.getIdsCount(); i++) {
      text.append(answer.next(tokens.getIds(i)));
      chances.add(tokens, i);
      received++;
    }
    boolean more = reply.text(text.toString(), chances.take(answer.shownTokens(), answer));
    if (answer.stopped() && !endSent) {
      endSent = true;
      call.endAt(answer.keptTokens());
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
    String rest = answer.flush();
    boolean length = finished.getReason() == FinishReason.FINISH_REASON_LENGTH && !answer.stopped();
    String reason = length ? "length" : "stop";
    reply.finish(rest, chances.take(answer.keptTokens(), answer), reason,
        new Usage(finished.getPromptTokens(), finished.getCachedTokens(), finished.getCompletionTokens()));
    close(finished.getReason() == FinishReason.FINISH_REASON_CANCELLED ? "cancelled" : reason,
        finished.getPromptTokens(), finished.getCachedTokens());
  }

  @Override
  public void failed(ServiceError error) {
    if (closed.get()) {
      return;
    }
    reply.fail(ApiError.of(error));
    close(error.code(), 0, 0);
  }

  /** Ends a generation that cannot go on although the scheduler thinks so. */
  private void broken(ServiceError error) {
    call.abandon(error.code());
    failed(error);
  }

  private void close(String reason, int prompt, int cached) {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    services.generations().unregister(arrival.tenant(), arrival.id());
    deliveries.forEach(delivery -> delivery.cancel(true));
    long now = System.nanoTime();
    metrics.request().record(now - arrival.nanos(), TimeUnit.NANOSECONDS);
    log.info(
        "generation tenant={} id={} route={} model={} reason={} prompt_tokens={} cached_tokens={} tokens={} images={}"
            + " first_token_ms={} total_ms={}",
        arrival.tenant().id(), arrival.id(), arrival.route(), start.getModel(), reason,
        prompt, cached, received, images,
        firstTokenAt == 0 ? -1 : TimeUnit.NANOSECONDS.toMillis(firstTokenAt - arrival.nanos()),
        TimeUnit.NANOSECONDS.toMillis(now - arrival.nanos()));
  }
}
