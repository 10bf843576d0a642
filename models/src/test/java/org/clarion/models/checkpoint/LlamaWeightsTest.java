package org.clarion.models.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.clarion.models.architecture.LlamaConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LlamaWeightsTest {
  private static final LlamaConfig GQA = new LlamaConfig(64, 3, 4, 2, 16, 96, 352, 1e-5, 10_000, false, 512);
  private static final LlamaConfig SMALL = new LlamaConfig(32, 2, 4, 2, 8, 48, 40, 1e-5, 10_000, false, 64);

  @TempDir
  Path folder = Path.of("");

  @Test
  void opensShardedSafetensors() {
    try (DecoderWeights weights = DecoderWeights.open(Fixtures.resource("llama_gqa"))) {
      assertThat(weights.config()).isEqualTo(GQA);
      assertThat(weights.checkpoint().tensors()).hasSize(3 + 3 * 9);
      assertThat(Fixtures.floats(weights.checkpoint(), "model.layers.2.self_attn.k_proj.weight")).hasSize(32 * 64);
    }
  }

  @Test
  void opensTorchShards() {
    try (DecoderWeights weights = DecoderWeights.open(Fixtures.resource("llama_mha_fp16_bin"))) {
      assertThat(weights.config().kvHeads()).isEqualTo(4);
      assertThat(weights.checkpoint().require("lm_head.weight").type()).isEqualTo(ElementType.FLOAT16);
    }
  }

  @Test
  void namesEveryFaultInOneMessage() {
    List<RandomCheckpoint.Tensor> tensors = new ArrayList<>();
    LlamaWeights.expected(SMALL).shapes().forEach((name, shape) -> {
      List<Long> found = name.equals("model.layers.1.mlp.down_proj.weight") ? shape.reversed() : shape;
      if (!name.equals("lm_head.weight") && !name.endsWith("0.self_attn.v_proj.weight")) {
        tensors.add(new RandomCheckpoint.Tensor(name, found, new RandomCheckpoint.Constant(0)));
      }
    });
    CheckpointException refusal = catchThrowableOfType(CheckpointException.class,
        () -> new LlamaWeights(SMALL, new RandomCheckpoint(1, tensors)).close());
    assertThat(refusal.code()).isEqualTo("checkpoint_mismatch");
    assertThat(refusal).hasMessageContaining("3 tensors")
        .hasMessageContaining("model.layers.0.self_attn.v_proj.weight [16, 32] is missing")
        .hasMessageContaining("lm_head.weight [40, 32] is missing")
        .hasMessageContaining("model.layers.1.mlp.down_proj.weight has shape [48, 32], expected [32, 48]");
  }

  @Test
  void takesOffThePrefixOfAWrappedModel() throws IOException {
    write("llm_model.");
    try (DecoderWeights weights = DecoderWeights.open(folder.resolve("model.safetensors"))) {
      assertThat(weights.checkpoint().tensors().keySet()).contains("model.embed_tokens.weight")
          .noneMatch(name -> name.contains("inv_freq"));
      assertThat(Fixtures.floats(weights.checkpoint(), "model.norm.weight")).containsOnly(1);
    }
  }

  @Test
  void needsAConfigurationBesideTheWeights() throws IOException {
    write("");
    Files.delete(folder.resolve("config.json"));
    CheckpointException refusal = catchThrowableOfType(CheckpointException.class,
        () -> DecoderWeights.open(folder).close());
    assertThat(refusal.code()).isEqualTo("config_missing");
  }

  /** Saves a small model in safetensors form with a rotary buffer that must be ignored. */
  private void write(String prefix) throws IOException {
    List<String> header = new ArrayList<>();
    List<byte[]> data = new ArrayList<>();
    header.add(line(prefix + "model.layers.0.self_attn.rotary_emb.inv_freq", List.of(4L), 0));
    data.add(new byte[16]);
    try (DecoderWeights weights = DecoderWeights.random(SMALL, 3)) {
      long at = 16;
      for (TensorInfo info : weights.checkpoint().tensors().values()) {
        header.add(line(prefix + info.name(), info.shape(), at));
        data.add(GgufBytes.floats(Fixtures.floats(weights.checkpoint(), info.name())));
        at += info.elements() * 4;
      }
    }
    Files.write(folder.resolve("model.safetensors"), SafetensorsFileTest.file("{" + String.join(",", header) + "}",
        GgufBytes.join(data.toArray(byte[][]::new))));
    Files.writeString(folder.resolve("config.json"), """
        {"architectures":["LLaMAForCausalLM"],"bos_token_id":0,"eos_token_id":1,"hidden_act":"silu","hidden_size":32,
        "intermediate_size":48,"max_sequence_length":64,"model_type":"llama","num_attention_heads":4,
        "num_key_value_heads":2,"num_hidden_layers":2,"pad_token_id":-1,"rms_norm_eps":1e-05,"vocab_size":40}""");
  }

  private static String line(String name, List<Long> shape, long at) {
    long bytes = shape.stream().reduce(4L, Math::multiplyExact);
    return "\"" + name + "\":{\"dtype\":\"F32\",\"shape\":" + shape + ",\"data_offsets\":[" + at + "," + (at + bytes)
        + "]}";
  }

  @Test
  void readsTheFirstConfigurations() throws IOException {
    write("");
    assertThat(LlamaConfigs.huggingFace(JsonFiles.read(folder.resolve("config.json"), "config_missing")))
        .isEqualTo(SMALL);
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"\"model_type\":\"mistral\" | mistral",
      "\"hidden_act\":\"gelu\" | gelu", "\"attention_bias\":true | attention_bias",
      "\"rope_scaling\":{\"rope_type\":\"llama3\"} | llama3", "\"rope_scaling\":{\"type\":\"linear\"} | linear",
      "\"num_attention_heads\":0 | num_attention_heads is 0", "\"num_attention_heads\":5 | 5",
      "\"num_key_value_heads\":3 | 3 KV heads", "\"hidden_size\":\"wide\" | hidden_size is not a whole number",
      "\"vocab_size\":null | vocab_size is not", "\"rms_norm_eps\":0 | rms_norm_eps is 0",
      "\"rope_theta\":-1 | rope_theta", "\"vocab_size\":99999999999 | 99999999999"})
  void refusesConfigurationsThatItCannotRun(String change, String says) throws IOException {
    String key = change.substring(0, change.indexOf(':'));
    StringBuilder json = new StringBuilder("{" + change);
    for (String part : List.of("\"model_type\":\"llama\"", "\"hidden_size\":32", "\"num_hidden_layers\":2",
        "\"num_attention_heads\":4", "\"intermediate_size\":48", "\"vocab_size\":40")) {
      json.append(part.startsWith(key + ":") ? "" : "," + part);
    }
    Path file = Files.writeString(folder.resolve("config.json"), json.append("}"));
    CheckpointException refusal = catchThrowableOfType(CheckpointException.class,
        () -> LlamaConfigs.huggingFace(JsonFiles.read(file, "config_missing")));
    assertThat(refusal.code()).isEqualTo("config_unsupported");
    assertThat(refusal).hasMessageContaining(says);
  }

  @Test
  void restoresTheRowOrderOfGguf() throws IOException {
    try (DecoderWeights original = DecoderWeights.random(SMALL, 5)) {
      Path file = Files.write(folder.resolve("model.gguf"), gguf(original).bytes());
      try (DecoderWeights read = DecoderWeights.open(file)) {
        assertThat(read.config()).isEqualTo(SMALL);
        for (String name : original.checkpoint().tensors().keySet()) {
          assertThat(Fixtures.floats(read.checkpoint(), name)).as(name)
              .isEqualTo(Fixtures.floats(original.checkpoint(), name));
          assertThat(Fixtures.rows(read.checkpoint(), name, 3, 5)).as("rows 3 to 7 of " + name)
              .isEqualTo(Fixtures.rows(original.checkpoint(), name, 3, 5));
        }
      }
    }
  }

  @Test
  void refusesGgufModelsThatItCannotRun() throws IOException {
    try (DecoderWeights original = DecoderWeights.random(SMALL, 5)) {
      assertRefused(new GgufBytes().put("general.architecture", "qwen2"), "qwen2");
      assertRefused(gguf(original).put("llama.rope.scaling.type", "yarn"), "yarn");
      assertRefused(gguf(original).put("llama.expert_count", 8), "expert_count 8");
      assertRefused(gguf(original).put("llama.rope.dimension_count", 4), "dimension_count 4");
      assertRefused(gguf(original).tensor("rope_freqs.weight", 0, new byte[16], 4), "rope_freqs.weight");
      assertRefused(gguf(original).tensor("blk.0.attn_q.bias", 0, new byte[16], 4), "blk.0.attn_q.bias");
    }
  }

  private void assertRefused(GgufBytes bytes, String says) throws IOException {
    Path file = Files.write(folder.resolve("refused.gguf"), bytes.bytes());
    assertThatThrownBy(() -> DecoderWeights.open(file)).isInstanceOf(CheckpointException.class)
        .hasMessageContaining(says);
  }

  /** The same model as llama.cpp's converter lays it out. */
  private static GgufBytes gguf(DecoderWeights weights) {
    LlamaConfig config = SMALL;
    GgufBytes bytes = new GgufBytes().put("general.architecture", "llama").put("llama.block_count", config.layers())
        .put("llama.context_length", config.maxContext()).put("llama.embedding_length", config.hidden())
        .put("llama.feed_forward_length", config.intermediate()).put("llama.attention.head_count", config.heads())
        .put("llama.attention.head_count_kv", config.kvHeads())
        .put("llama.attention.layer_norm_rms_epsilon", (float) config.rmsEps());
    for (TensorInfo info : weights.checkpoint().tensors().values()) {
      float[] values = Fixtures.floats(weights.checkpoint(), info.name());
      boolean rotary = info.name().contains("q_proj") || info.name().contains("k_proj");
      long[] sizes = info.shape().reversed().stream().mapToLong(Long::longValue).toArray();
      bytes.tensor(ggufName(info.name()), 0,
          GgufBytes.floats(rotary ? permuted(values, config.headDim(), config.hidden()) : values), sizes);
    }
    return bytes;
  }

  /** reshape(heads, 2, headDim / 2, width), swap axes 1 and 2. */
  private static float[] permuted(float[] values, int headDim, int width) {
    float[] out = new float[values.length];
    int to = 0;
    for (int head = 0; head < values.length / width / headDim; head++) {
      for (int pair = 0; pair < headDim / 2; pair++) {
        for (int half = 0; half < 2; half++) {
          int from = head * headDim + half * headDim / 2 + pair;
          System.arraycopy(values, from * width, out, to++ * width, width);
        }
      }
    }
    return out;
  }

  private static String ggufName(String name) {
    return switch (name) {
      case "model.embed_tokens.weight" -> "token_embd.weight";
      case "model.norm.weight" -> "output_norm.weight";
      case "lm_head.weight" -> "output.weight";
      default -> {
        String[] parts = name.split("\\.", 4);
        yield "blk." + parts[2] + "." + switch (parts[3]) {
          case "input_layernorm.weight" -> "attn_norm.weight";
          case "post_attention_layernorm.weight" -> "ffn_norm.weight";
          case "self_attn.q_proj.weight" -> "attn_q.weight";
          case "self_attn.k_proj.weight" -> "attn_k.weight";
          case "self_attn.v_proj.weight" -> "attn_v.weight";
          case "self_attn.o_proj.weight" -> "attn_output.weight";
          case "mlp.gate_proj.weight" -> "ffn_gate.weight";
          case "mlp.up_proj.weight" -> "ffn_up.weight";
          case "mlp.down_proj.weight" -> "ffn_down.weight";
          default -> throw new IllegalArgumentException(name);
        };
      }
    };
  }
}
