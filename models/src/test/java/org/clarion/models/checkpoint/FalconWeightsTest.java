package org.clarion.models.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.clarion.models.architecture.FalconConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FalconWeightsTest {
  private static final FalconConfig SMALL = new FalconConfig(64, 2, 8, 2, 8, 256, 288, 1e-5, 1e4, true, 512);

  private static JsonNode json(String text) {
    return JsonFiles.parse("config.json", text.getBytes(StandardCharsets.UTF_8));
  }

  private static RandomCheckpoint.Tensor tensor(String name, long... shape) {
    return new RandomCheckpoint.Tensor(name, Arrays.stream(shape).boxed().toList(), new RandomCheckpoint.Normal(1));
  }

  /** A checkpoint as files have it, with {@code norms} in each block. */
  private static Checkpoint stored(String prefix, long fusedRows, String... norms) {
    List<RandomCheckpoint.Tensor> all = new ArrayList<>();
    all.add(tensor(prefix + "word_embeddings.weight", 288, 64));
    for (int i = 0; i < 2; i++) {
      String block = prefix + "h." + i + ".";
      for (String norm : norms) {
        all.add(tensor(block + norm + ".weight", 64));
        all.add(tensor(block + norm + ".bias", 64));
      }
      all.add(tensor(block + "self_attention.query_key_value.weight", fusedRows, 64));
      all.add(tensor(block + "self_attention.dense.weight", 64, 64));
      all.add(tensor(block + "mlp.dense_h_to_4h.weight", 256, 64));
      all.add(tensor(block + "mlp.dense_4h_to_h.weight", 64, 256));
    }
    all.add(tensor(prefix + "ln_f.weight", 64));
    all.add(tensor(prefix + "ln_f.bias", 64));
    return new RandomCheckpoint(3, all);
  }

  @Test
  void takesTheFusedMatrixApart() {
    Checkpoint stored = stored("llm_model.transformer.", 96, "ln_attn", "ln_mlp");
    String fused = "llm_model.transformer.h.1.self_attention.query_key_value.weight";
    try (DecoderWeights weights = FalconWeights.view(stored, SMALL).weights()) {
      String attention = "transformer.h.1.self_attention.";
      Checkpoint shown = weights.checkpoint();
      // Two groups of 4 queries, 1 key and 1 value, 8 rows each: 48 rows a group.
      assertThat(Fixtures.rows(shown, attention + "query.weight", 0, 32))
          .isEqualTo(Fixtures.rows(stored, fused, 0, 32));
      assertThat(Fixtures.rows(shown, attention + "query.weight", 32, 32))
          .isEqualTo(Fixtures.rows(stored, fused, 48, 32));
      assertThat(Fixtures.rows(shown, attention + "key.weight", 8, 8)).isEqualTo(Fixtures.rows(stored, fused, 80, 8));
      assertThat(Fixtures.rows(shown, attention + "value.weight", 0, 8)).isEqualTo(Fixtures.rows(stored, fused, 40, 8));
      float[] across = Fixtures.rows(shown, attention + "query.weight", 30, 4);
      assertThat(Arrays.copyOf(across, 128)).isEqualTo(Fixtures.rows(stored, fused, 30, 2));
      assertThat(Arrays.copyOfRange(across, 128, 256)).isEqualTo(Fixtures.rows(stored, fused, 48, 2));
      assertThat(Fixtures.floats(shown, attention + "value.weight")).hasSize(16 * 64);
    }
  }

  @Test
  void blocksWithOneNormShowItTwice() {
    FalconConfig old = new FalconConfig(64, 2, 8, 1, 8, 256, 288, 1e-5, 1e4, true, 2048);
    try (DecoderWeights weights = FalconWeights.view(stored("", 80, "input_layernorm"), old).weights()) {
      assertThat(Fixtures.floats(weights.checkpoint(), "transformer.h.0.ln_attn.bias"))
          .isEqualTo(Fixtures.floats(weights.checkpoint(), "transformer.h.0.ln_mlp.bias"));
    }
  }

  @Test
  void missingAndMisshapedTensorsAreListed() {
    assertThatThrownBy(() -> FalconWeights.view(stored("transformer.", 192, "ln_attn", "ln_mlp"), SMALL).weights())
        .isInstanceOf(CheckpointException.class).hasMessageContaining("query_key_value.weight has shape [192, 64]")
        .hasMessageContaining("[96, 64]");
    assertThatThrownBy(() -> FalconWeights.view(stored("transformer.", 96, "ln_attn"), SMALL).weights())
        .isInstanceOf(CheckpointException.class).hasMessageContaining("transformer.h.0.ln_mlp.weight [64] is missing");
  }

  @Test
  void readsTodaysAndTheFirstConfigurations() {
    assertThat(FalconConfigs.huggingFace(json("""
        {"model_type":"falcon","new_decoder_architecture":true,"hidden_size":64,"num_hidden_layers":2,
        "num_attention_heads":8,"num_kv_heads":2,"ffn_hidden_size":256,"vocab_size":288,"layer_norm_epsilon":1e-05,
        "max_position_embeddings":512,"alibi":false,"bias":false,"activation":"gelu","rope_theta":10000.0}""")))
        .isEqualTo(SMALL);
    assertThat(FalconConfigs.huggingFace(json("""
        {"model_type":"RefinedWeb","hidden_size":8192,"n_layer":60,"n_head":128,"n_head_kv":8,"vocab_size":65024,
        "alibi":false,"bias":false,"layer_norm_epsilon":1e-05}""")))
        .isEqualTo(new FalconConfig(8192, 60, 128, 8, 64, 32768, 65024, 1e-5, 1e4, true, 2048));
    assertThat(FalconConfigs.huggingFace(json("""
        {"model_type":"RefinedWebModel","hidden_size":4544,"n_layer":32,"n_head":71,"multi_query":true,
        "parallel_attn":true,"vocab_size":65024,"alibi":false,"bias":false}""")))
        .isEqualTo(new FalconConfig(4544, 32, 71, 1, 64, 18176, 65024, 1e-5, 1e4, true, 2048));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"\"alibi\":true | alibi true", "\"bias\":true | bias true",
      "\"parallel_attn\":false | parallel_attn false", "\"activation\":\"relu\" | relu",
      "\"rope_scaling\":{\"type\":\"linear\"} | linear", "\"n_head\":9 | 9"})
  void refusesConfigurationsThatItCannotRun(String change, String says) {
    String json = "{\"model_type\":\"RefinedWebModel\",\"hidden_size\":64,\"n_layer\":2,\"vocab_size\":288," + change
        + (change.contains("n_head") ? "}" : ",\"n_head\":8}");
    assertThatThrownBy(() -> FalconConfigs.huggingFace(json(json))).isInstanceOf(CheckpointException.class)
        .hasMessageContaining(says);
  }

  @Test
  void aSharedFolderOpens() {
    try (DecoderWeights weights = DecoderWeights.open(Fixtures.shared("fixtures/decoders/falcon"))) {
      assertThat(weights.config()).isEqualTo(SMALL);
      assertThat(weights.checkpoint().tensors()).doesNotContainKey("lm_head.weight");
    }
  }
}
