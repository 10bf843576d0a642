package org.clarion.gateway.flow;

import java.util.Map;
import java.util.concurrent.ExecutorService;
import org.clarion.gateway.api.ServedModel;
import org.clarion.gateway.api.ValidRequest;
import org.clarion.gateway.rpc.Schedulers;
import org.clarion.gateway.rpc.VisionClient;
import org.clarion.models.manifest.SamplingDefaults;
import org.clarion.proto.v1.AnswerForm;
import org.clarion.proto.v1.GenerateStart;

/** Takes valid requests to the cluster. Thread-safe. */
public final class GenerationFlow {
  private static final int DEFAULT_COMPLETION_TOKENS = 16;

  private final Services services;
  private final PromptBuilder prompts;
  private final int defaultMaxTokens;

  /**
   * What a generation needs.
   *
   * @param schedulers
   *          who places it
   * @param vision
   *          who encodes its images
   * @param generations
   *          who is under way
   * @param metrics
   *          what is counted
   * @param threads
   *          virtual threads for waiting
   */
  public record Services(Schedulers schedulers, VisionClient vision, Generations generations, GatewayMetrics metrics,
      ExecutorService threads) {}

  /** A flow whose chat answers have at most {@code defaultMaxTokens} where the client does not say. */
  public GenerationFlow(Services services, PictureDesk pictures, int defaultMaxTokens) {
    this.services = services;
    this.prompts = new PromptBuilder(pictures);
    this.defaultMaxTokens = defaultMaxTokens;
  }

  /**
   * Builds the prompt and sends the generation on its way; blocks while pictures are decoded, not for the answer.
   *
   * @param sessionId
   *          of the session that it opens or continues
   * @return what to run when the client goes away; any thread, any number of times
   * @throws org.clarion.gateway.api.ApiException
   *           when the request turns out to be bad; the reply was not touched then
   */
  public Runnable start(Arrival arrival, ValidRequest request, String sessionId, Reply reply)
      throws InterruptedException {
    Prompt prompt = prompts.build(request);
    int room = request.model().maxContext() - prompt.positions();
    GenerateStart.Builder start = GenerateStart.newBuilder().setGenerationId(arrival.id())
        .setTenant(arrival.tenant().id()).setSessionId(sessionId)
        .setContinuesSession(request.sessionId().isPresent()).setModel(request.model().id())
        .addAllSegments(prompt.segments()).setSampling(SamplingWire.of(request.sampling(), request.stops().ids()))
        .setMaxTokens(Math.min(maxTokens(request, prompt), room)).addAllStopTokenIds(request.stops().ids())
        .addAllStopSequences(SamplingWire.stopSequences(request.stops().texts(), request.model().tokenizer()));
    start.setForm(AnswerForm.newBuilder().setChat(request.chat()).setCreated(arrival.created())
        .setIncludeUsage(request.delivery().includeUsage()).addAllStopStrings(request.stops().texts()));
    request.sampling().beams().ifPresent(beams -> start.setBeamSearch(SamplingWire.of(beams)));
    start.setPriority(request.urgency().priority());
    request.urgency().timeout().ifPresent(timeout -> start.setTimeoutMs(timeout.toMillis()));
    Exchange exchange = new Exchange(arrival, request, prompt, start.build(), reply, services);
    exchange.begin();
    return exchange::abandon;
  }

  /**
   * Goes on telling a generation that was started before, perhaps elsewhere; does not block.
   *
   * @param from
   *          tokens whose text the client has
   * @return what to run when the client goes away; any thread, any number of times
   */
  public Runnable resume(Arrival arrival, Map<String, ServedModel> models, int from, Replies replies) {
    Exchange exchange = new Exchange(arrival, new Exchange.Resumption(models, replies, from), services);
    exchange.begin();
    return exchange::abandon;
  }

  /** What the client said, else what the model's makers let it say. */
  private int maxTokens(ValidRequest request, Prompt prompt) {
    if (request.maxTokens().isPresent()) {
      return request.maxTokens().getAsInt();
    }
    if (!request.chat()) {
      return DEFAULT_COMPLETION_TOKENS;
    }
    SamplingDefaults defaults = request.model().manifest().samplingDefaults();
    int length = defaults.maxLength().orElse(Integer.MAX_VALUE) - prompt.positions();
    return Math.max(1, Math.min(defaults.maxNewTokens().orElse(defaultMaxTokens), length));
  }
}
