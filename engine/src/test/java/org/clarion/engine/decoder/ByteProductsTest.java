package org.clarion.engine.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.clarion.engine.decoder.SmallDecoders.FALCON;
import static org.clarion.engine.decoder.SmallDecoders.NINE_HEADS;
import static org.clarion.engine.decoder.SmallDecoders.logits;
import static org.clarion.engine.decoder.SmallDecoders.prefill;
import static org.clarion.engine.decoder.SmallDecoders.prefills;
import static org.clarion.engine.decoder.SmallDecoders.tokens;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.clarion.engine.collective.Collectives;
import org.clarion.engine.parity.SharedFolder;
import org.clarion.engine.script.Device;
import org.clarion.engine.script.Kernels;
import org.clarion.models.architecture.DecoderConfig;
import org.clarion.models.checkpoint.DecoderWeights;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** int8 weights in libtorch's programs, for hosts without our own kernels. */
class ByteProductsTest {
  /** A smaller lead of the best token may be lost by rounding inputs to bytes. */
  private static final double MARGIN = 0.3;
  /** Of each answer, to be done in seconds. */
  private static final int MOST_TOKENS = 20;

  private static Decoder load(DecoderWeights weights, int levels, int arena) {
    DecoderOptions options = new DecoderOptions(Precision.INT8, arena, 2);
    return ScriptDecoder.load(weights, options, Collectives.single(), kernels(levels));
  }

  private static ScriptKernels kernels(int levels) {
    return new ScriptKernels(Device.CPU, 6, false, false, false, levels, 2);
  }

  /** What a processor without VNNI gets works on every other, too; not the reverse. */
  @ParameterizedTest
  @ValueSource(ints = {63, 127})
  void narrowInputsAgreeAsWell(int levels) {
    assumeTrue(levels <= Kernels.byteInputs().levels(), "this processor clips sums of pairs");
    for (DecoderConfig config : List.of(NINE_HEADS, FALCON)) {
      try (DecoderWeights weights = DecoderWeights.random(config, 5);
          Decoder bytes = load(weights, levels, 128);
          Decoder exact = SmallDecoders.load(config, Precision.FLOAT32, 128)) {
        DecoderStep step = prefills(prefill(tokens(50, 1), 0, 0));
        assertThat(logits(bytes, step).getFirst()).containsExactly(logits(exact, step).getFirst(), within(0.02f));
      }
    }
  }

  @Test
  void aRowDependsOnNoOther() {
    try (DecoderWeights weights = DecoderWeights.random(FALCON, 5);
        Decoder bytes = load(weights, Kernels.byteInputs().levels(), 256)) {
      float[] alone = logits(bytes, prefills(prefill(tokens(9, 1), 0, 0))).getFirst();
      List<float[]> together = logits(bytes, prefills(prefill(tokens(30, 2), 0, 96), prefill(tokens(9, 1), 0, 0)));
      assertThat(together.get(1)).containsExactly(alone, within(1e-5f));
    }
  }

  @Test
  void theHostHasAKernel() {
    assertThat(Kernels.byteInputs()).isNotEqualTo(Kernels.ByteInputs.NONE);
    assertThat(ScriptKernels.of(new DecoderOptions(Precision.INT8, 10, 1)).levels())
        .isEqualTo(Kernels.byteInputs().levels());
    assertThatThrownBy(() -> ScriptKernels.of(new DecoderOptions(Precision.INT4, 10, 1)))
        .hasMessageContaining("int4").hasMessageContaining("C compiler");
  }

  /** The answers of a real model, as far as the fixtures say that bytes must agree. */
  @Test
  void aModelAnswersAsInFloat32() throws IOException {
    Path expected = SharedFolder.require("fixtures/smollm2/expected.json");
    Path folder = SharedFolder.require("models/smollm2-135m-instruct");
    JsonNode cases = new ObjectMapper().readTree(expected.toFile()).get("cases");
    List<PrefillRow> prompts = new ArrayList<>();
    int end = 0;
    for (JsonNode one : cases) {
      int[] ids = ints(one.get("ids"));
      prompts.add(prefill(ids, 0, end));
      end += DecoderStep.aligned(ids.length + one.get("greedy_tokens").size());
    }
    int right = 0;
    try (DecoderWeights weights = DecoderWeights.open(gguf(folder));
        Decoder bytes = load(weights, Kernels.byteInputs().levels(), end)) {
      for (int i = 0; i < prompts.size(); i++) {
        int[] wanted = ints(cases.get(i).get("greedy_tokens"));
        int sure = sure(cases.get(i).get("margins"));
        int[] answer = greedy(bytes, prompts.get(i), sure);
        assertThat(answer).as("chat %d", i).containsExactly(Arrays.copyOf(wanted, sure));
        right += sure;
      }
    }
    assertThat(right).isGreaterThan(40);
  }

  private static int[] greedy(Decoder decoder, PrefillRow prompt, int count) {
    int[] answer = new int[count];
    DecoderStep step = prefills(prompt);
    for (int n = 0; n < count; n++) {
      try (StepLogits logits = decoder.step(step)) {
        answer[n] = logits.argmax()[0];
      }
      step = SmallDecoders.decodes(new DecodeRow(answer[n], prompt.tokens().length + n, prompt.arenaOffset()));
    }
    return answer;
  }

  private static int sure(JsonNode margins) {
    int sure = 0;
    while (sure < Math.min(margins.size(), MOST_TOKENS) && margins.get(sure).asDouble() >= MARGIN) {
      sure++;
    }
    return sure;
  }

  private static int[] ints(JsonNode array) {
    int[] values = new int[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).asInt();
    }
    return values;
  }

  private static Path gguf(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".gguf")).findFirst().orElseThrow();
    }
  }
}
