package org.clarion.models.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.clarion.models.architecture.LlamaConfig;
import org.junit.jupiter.api.Test;

/** SmolLM2-135M in GGUF against the values of the ggml project's own Python reader. */
class SharedSmollmTest {
  private static final String MODEL = "models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf";

  @Test
  void everyTensorHasItsTypeShapeAndMean() throws IOException {
    JsonNode expected = new ObjectMapper().readTree(Fixtures.shared("fixtures/smollm2/tensors.json").toFile());
    try (GgufFile file = GgufFile.open(Fixtures.shared(MODEL))) {
      assertThat(file.tensors()).hasSize(272).hasSize(expected.size());
      List<String> names = new ArrayList<>(file.tensors().keySet());
      for (int i = 0; i < expected.size(); i++) {
        JsonNode line = expected.get(i);
        TensorInfo info = file.require(names.get(i));
        assertThat(info.name()).isEqualTo(line.get("name").asText());
        assertThat(info.type().name().replace("GGUF_", "").replace("FLOAT", "F")).isEqualTo(line.get("type").asText());
        List<Long> shape = new ArrayList<>();
        line.get("shape_in_file_order").forEach(size -> shape.addFirst(size.asLong()));
        assertThat(info.shape()).isEqualTo(shape);
        double sum = 0;
        for (float value : Fixtures.floats(file, info.name())) {
          sum += value;
        }
        assertThat(sum / info.elements()).as(info.name()).isCloseTo(line.get("mean").asDouble(), within(1e-7));
      }
    }
  }

  @Test
  void dequantisesStoredRowsExactly() {
    try (GgufFile file = GgufFile.open(Fixtures.shared(MODEL));
        Checkpoint expected = Checkpoints.open(Fixtures.shared("fixtures/smollm2/dequantised_rows.safetensors"))) {
      for (TensorInfo info : expected.tensors().values()) {
        if (info.name().endsWith(".rows")) {
          continue;
        }
        float[] wanted = Fixtures.floats(expected, info.name());
        if (info.shape().size() == 1) {
          assertThat(Fixtures.floats(file, info.name())).isEqualTo(wanted);
          continue;
        }
        float[] rows = Fixtures.floats(expected, info.name() + ".rows");
        int width = (int) info.rowElements();
        for (int i = 0; i < rows.length; i++) {
          assertThat(Fixtures.rows(file, info.name(), (long) rows[i], 1)).as(info.name() + " row " + rows[i])
              .isEqualTo(java.util.Arrays.copyOfRange(wanted, i * width, (i + 1) * width));
        }
      }
    }
  }

  @Test
  void readsTheConfigurationAndTokenizerLists() {
    try (GgufFile file = GgufFile.open(Fixtures.shared(MODEL))) {
      assertThat(LlamaConfigs.of(file))
          .isEqualTo(new LlamaConfig(576, 30, 9, 3, 64, 1536, 49152, 1e-5, 100_000, true, 8192));
      assertThat(file.metadata()).containsEntry("general.architecture", "llama");
      assertThat(file.metadata().get("tokenizer.ggml.tokens")).asInstanceOf(InstanceOfAssertFactories.LIST)
          .hasSize(49152).contains("<|im_end|>");
    }
  }

  @Test
  void showsHuggingFaceNamesAndHalfSplitRows() {
    try (DecoderWeights weights = DecoderWeights.open(Fixtures.shared(MODEL));
        GgufFile file = GgufFile.open(Fixtures.shared(MODEL))) {
      assertThat(weights.checkpoint().tensors()).hasSize(272).doesNotContainKey("lm_head.weight");
      // Row 1 of head 2 is pair member (1, first half): neighbours 2 and 3 in the file are rows 1 and 33 here.
      float[] query = Fixtures.floats(weights.checkpoint(), "model.layers.0.self_attn.q_proj.weight");
      assertThat(java.util.Arrays.copyOfRange(query, (128 + 1) * 576, (128 + 2) * 576))
          .isEqualTo(Fixtures.rows(file, "blk.0.attn_q.weight", 128 + 2, 1));
      assertThat(Fixtures.rows(weights.checkpoint(), "model.layers.0.self_attn.q_proj.weight", 128 + 33, 1))
          .isEqualTo(Fixtures.rows(file, "blk.0.attn_q.weight", 128 + 3, 1));
    }
  }
}
