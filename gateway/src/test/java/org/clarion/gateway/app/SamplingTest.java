package org.clarion.gateway.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.clarion.gateway.app.TestGateway.Event;
import org.clarion.proto.v1.EarlyStopping;
import org.clarion.proto.v1.FinishReason;
import org.clarion.proto.v1.GenerateStart;
import org.clarion.proto.v1.Priority;
import org.clarion.proto.v1.Sampling;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How tokens are chosen, from the request's fields to the scheduler, and what comes back beside the text. */
@Timeout(60)
class SamplingTest {
  private static TestGateway gateway;

  @BeforeAll
  static void start() throws IOException {
    gateway = new TestGateway();
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @BeforeEach
  void reset() {
    gateway.scheduler.script = call -> call.answer("ok");
    gateway.scheduler.calls.clear();
  }

  private GenerateStart started(String body) throws Exception {
    assertThat(gateway.chat(body).statusCode()).isEqualTo(200);
    return gateway.scheduler.next().start;
  }

  @Test
  void everyFieldReachesTheScheduler() throws Exception {
    GenerateStart start = started(TestGateway.chat("Hi", ",\"min_p\":0.25,\"repetition_penalty\":1.5,"
        + "\"presence_penalty\":0.5,\"frequency_penalty\":-0.5,\"logit_bias\":{\"5\":-100,\"6\":2.5},\"logprobs\":true,"
        + "\"top_logprobs\":4,\"stop_token_ids\":[7,257],\"stop\":\"ab\""));
    Sampling sampling = start.getSampling();
    assertThat(sampling.getTemperature()).isEqualTo(1);
    assertThat(sampling.getMinP()).isEqualTo(0.25f);
    assertThat(sampling.getRepetitionPenalty()).isEqualTo(1.5f);
    assertThat(sampling.getPresencePenalty()).isEqualTo(0.5f);
    assertThat(sampling.getFrequencyPenalty()).isEqualTo(-0.5f);
    assertThat(sampling.getLogitBiasList()).extracting(bias -> bias.getToken() + " " + bias.getBias())
        .containsExactly("5 -100.0", "6 2.5");
    assertThat(sampling.getTopLogProbabilities()).isEqualTo(4);
    assertThat(start.getStopTokenIdsList()).containsExactly(ByteTokenizer.END, 7);
    assertThat(start.getStopSequencesList()).singleElement()
        .satisfies(sequence -> assertThat(sequence.getIdsList()).containsExactly((int) 'a', (int) 'b'));
    assertThat(start.hasBeamSearch()).isFalse();
    assertThat(started(TestGateway.chat("Hi", ",\"ignore_eos\":true,\"stop_token_ids\":[7]")).getStopTokenIdsList())
        .containsExactly(7);
    assertThat(started(TestGateway.chat("Hi", "")).getSampling().hasTopLogProbabilities()).isFalse();
  }

  @Test
  void howSoonTheAnswerIsNeededReachesTheScheduler() throws Exception {
    GenerateStart stat = started(TestGateway.chat("Hi", ",\"priority\":\"stat\",\"timeout\":2.5"));
    assertThat(stat.getPriority()).isEqualTo(Priority.PRIORITY_STAT);
    assertThat(stat.getTimeoutMs()).isEqualTo(2500);
    assertThat(started(TestGateway.chat("Hi", ",\"priority\":\"batch\"")).getPriority())
        .isEqualTo(Priority.PRIORITY_BATCH);
    GenerateStart silent = started(TestGateway.chat("Hi", ""));
    assertThat(silent.getPriority()).isEqualTo(Priority.PRIORITY_UNSPECIFIED);
    assertThat(silent.getTimeoutMs()).isZero();
  }

  @Test
  void aSilentRequestGetsTheModelsDefaultsAndAnOutspokenOneItsOwn() throws Exception {
    String silent = TestGateway.chat("Hi", "").replace("\"m\"", "\"set\"");
    GenerateStart start = started(silent);
    assertThat(start.getSampling().getTemperature()).isEqualTo(0.3f);
    assertThat(start.getSampling().getTopP()).isEqualTo(0.9f);
    assertThat(start.getSampling().getTopK()).isEqualTo(50);
    assertThat(start.getSampling().getRepetitionPenalty()).isEqualTo(1.05f);
    assertThat(start.getMaxTokens()).isEqualTo(33);
    GenerateStart own = started(TestGateway
        .chat("Hi", ",\"temperature\":0,\"top_p\":1,\"top_k\":-1,\"repetition_penalty\":1,\"max_tokens\":300")
        .replace("\"m\"", "\"set\""));
    assertThat(own.getSampling().getTemperature()).isZero();
    assertThat(own.getSampling().getTopP()).isEqualTo(1);
    assertThat(own.getSampling().getTopK()).isZero();
    assertThat(own.getSampling().getRepetitionPenalty()).isEqualTo(1);
    assertThat(own.getMaxTokens()).isEqualTo(300);
    String longer = TestGateway.chat("x".repeat(120), "").replace("\"m\"", "\"set\"");
    assertThat(started(longer).getMaxTokens()).as("prompt and answer stay within 200").isLessThan(33);
  }

  @Test
  void theSeedComesBackWhoeverChoseIt() throws Exception {
    HttpResponse<String> drawn = gateway.chat(TestGateway.chat("Hi", ""));
    long seed = Long.parseLong(drawn.headers().firstValue("x-clarion-seed").orElseThrow());
    assertThat(seed).isBetween(0L, (1L << 53) - 1);
    assertThat(TestGateway.json(drawn.body()).path("seed").asLong()).isEqualTo(seed);
    assertThat(gateway.scheduler.calls.take().start.getSampling().getSeed()).isEqualTo(seed);
    List<Event> events = TestGateway
        .events(gateway.chat(TestGateway.chat("Hi", ",\"stream\":true,\"seed\":-7")).body());
    assertThat(events.getFirst().json().path("seed").asLong()).isEqualTo(-7);
  }

  @Test
  void beamsReachTheScheduler() throws Exception {
    GenerateStart start = started(
        TestGateway.chat("Hi", ",\"num_beams\":4,\"length_penalty\":0.5,\"early_stopping\":true"));
    assertThat(start.getBeamSearch().getWidth()).isEqualTo(4);
    assertThat(start.getBeamSearch().getLengthPenalty()).isEqualTo(0.5f);
    assertThat(start.getBeamSearch().getEarlyStopping()).isEqualTo(EarlyStopping.EARLY_STOPPING_ALWAYS);
    assertThat(started(TestGateway.chat("Hi", ",\"num_beams\":2,\"early_stopping\":\"never\"")).getBeamSearch()
        .getEarlyStopping()).isEqualTo(EarlyStopping.EARLY_STOPPING_NEVER);
    assertThat(started(TestGateway.chat("Hi", ",\"num_beams\":1")).hasBeamSearch()).isFalse();
  }

  @Test
  void chatLogprobsComeWithTheirTextAndNothingOfAStopString() throws Exception {
    gateway.scheduler.script = call -> {
      call.placed(List.of());
      byte[] text = "aé#b##c".getBytes(StandardCharsets.UTF_8);
      for (byte b : text) {
        call.likelyTokens(b & 0xFF);
      }
      call.finish(FinishReason.FINISH_REASON_STOP, 5);
    };
    String fields = ",\"logprobs\":true,\"top_logprobs\":2,\"stop\":\"##\"";
    JsonNode whole = TestGateway.json(gateway.chat(TestGateway.chat("Hi", fields)).body());
    assertThat(whole.at("/choices/0/message/content").asText()).isEqualTo("aé#b");
    JsonNode content = whole.at("/choices/0/logprobs/content");
    assertThat(content).extracting(token -> token.path("token").asText())
        .containsExactly("a", "bytes:\\xc3", "bytes:\\xa9", "#", "b");
    JsonNode first = content.get(0);
    assertThat(first.path("logprob").asDouble()).isEqualTo(-0.5);
    assertThat(first.path("bytes")).singleElement().satisfies(b -> assertThat(b.asInt()).isEqualTo('a'));
    assertThat(first.path("top_logprobs")).extracting(top -> top.path("token").asText()).containsExactly("a", "b");
    assertThat(first.at("/top_logprobs/1/logprob").asDouble()).isEqualTo(-9999);

    List<JsonNode> streamed = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    for (Event event : TestGateway.events(gateway.chat(TestGateway.chat("Hi", fields + ",\"stream\":true")).body())) {
      if (!event.data().equals("[DONE]")) {
        event.json().at("/choices/0/logprobs/content").forEach(streamed::add);
        text.append(event.json().at("/choices/0/delta/content").asText(""));
      }
    }
    assertThat(streamed).containsExactlyElementsOf(content);
    assertThat(text.toString()).isEqualTo("aé#b");
    assertThat(TestGateway.json(gateway.chat(TestGateway.chat("Hi", "")).body()).at("/choices/0/logprobs").isNull())
        .isTrue();
  }

  @Test
  void completionLogprobsAreParallelLists() throws Exception {
    gateway.scheduler.script = call -> {
      call.placed(List.of());
      call.likelyTokens(ByteTokenizer.word("Hello"), ByteTokenizer.word(" wor"));
      call.finish(FinishReason.FINISH_REASON_LENGTH);
    };
    JsonNode logprobs = TestGateway.json(gateway
        .post("/v1/completions", "{\"model\":\"m\",\"prompt\":\"a\",\"logprobs\":1}").body())
        .at("/choices/0/logprobs");
    assertThat(logprobs.path("tokens")).extracting(JsonNode::asText).containsExactly("Hello", " wor");
    assertThat(logprobs.path("token_logprobs")).extracting(JsonNode::asDouble).containsExactly(-0.5, -0.5);
    assertThat(logprobs.path("text_offset")).extracting(JsonNode::asInt).containsExactly(0, 5);
    assertThat(logprobs.at("/top_logprobs/0").size()).isEqualTo(1);
    assertThat(logprobs.at("/top_logprobs/0/Hello").asDouble()).isEqualTo(-0.5);
  }
}
