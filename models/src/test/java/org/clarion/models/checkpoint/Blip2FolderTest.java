package org.clarion.models.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The route without pickles: a folder like Salesforce/blip2-flan-t5-xxl, whose shards hold image tower, Q-Former and a
 * T5 under Hugging Face names.
 */
class Blip2FolderTest {
  @TempDir
  Path folder = Path.of("");

  private static String huggingFace(String lavis) {
    return lavis.replace("ln_vision", "vision_model.post_layernorm")
        .replace("visual_encoder.cls_token", "vision_model.embeddings.class_embedding")
        .replace("visual_encoder.pos_embed", "vision_model.embeddings.position_embedding")
        .replace("visual_encoder.patch_embed.proj", "vision_model.embeddings.patch_embedding")
        .replace("visual_encoder.blocks.", "vision_model.encoder.layers.").replace(".norm", ".layer_norm")
        .replace(".attn.proj.", ".self_attn.projection.").replace(".attn.qkv.", ".self_attn.qkv.")
        .replace("Qformer.bert.embeddings.LayerNorm", "qformer.layernorm").replace("Qformer.bert.", "qformer.")
        .replace("attention.self.", "attention.attention.");
  }

  /** Three shards: the tower, the Q-Former, and what belongs to T5. */
  private void write() throws IOException {
    List<SequencedMap<String, List<Long>>> shards = List.of(new LinkedHashMap<>(), new LinkedHashMap<>(),
        new LinkedHashMap<>());
    EvaNames.expected(VisionWeightsTest.TINY, 17, 64).shapes().forEach((name, shape) -> {
      if (name.endsWith(".v_bias") || name.startsWith("llama_proj")) {
        return;
      }
      int shard = name.startsWith("visual_encoder") || name.startsWith("ln_vision") ? 0 : 1;
      if (name.endsWith(".q_bias")) {
        shards.get(0).put(huggingFace(name).replace(".attn.q_bias", ".self_attn.qkv.bias"),
            List.of(3 * shape.getFirst()));
      } else {
        shards.get(shard).put(huggingFace(name), shape);
      }
    });
    shards.get(2).put("language_model.shared.weight", List.of(100L, 8L));
    shards.get(2).put("language_model.encoder.block.0.layer.0.SelfAttention.q.weight", List.of(8L, 8L));
    shards.get(2).put("language_projection.weight", List.of(8L, 32L));
    shards.get(2).put("language_projection.bias", List.of(8L));
    StringBuilder index = new StringBuilder("{\"metadata\":{\"total_size\":1},\"weight_map\":{");
    for (int shard = 0; shard < 3; shard++) {
      String file = "model-0000" + (shard + 1) + "-of-00003.safetensors";
      HeaderFiles.write(folder.resolve(file), "F32", shards.get(shard));
      for (String name : shards.get(shard).keySet()) {
        index.append(index.charAt(index.length() - 1) == '{' ? "" : ",").append('"').append(name).append("\":\"")
            .append(file).append('"');
      }
    }
    Files.writeString(folder.resolve("model.safetensors.index.json"), index.append("}}"));
  }

  @Test
  void theImageTowerIsReadFromTheShards() throws IOException {
    write();
    Path projection = Fixtures.resource("projection/checkpoint_llm.pth");
    try (VisionWeights weights = VisionWeights.open(List.of(folder, projection), VisionWeightsTest.TINY)) {
      assertThat(((EvaWeights) weights).imageSize()).isEqualTo(56);
      assertThat(weights.llmHidden()).isEqualTo(64);
      assertThat(weights.checkpoint().require("visual_encoder.blocks.1.attn.v_bias").shape()).containsExactly(64L);
      assertThat(Fixtures.floats(weights.checkpoint(), "visual_encoder.blocks.2.attn.q_bias")).containsOnly(0);
    }
  }

  @Test
  void whatBelongsToT5IsKnownAndIgnored() throws IOException {
    write();
    PartLayouts.Vision found = PartLayouts.vision(List.of(folder, Fixtures.resource("projection/checkpoint.pth")),
        VisionWeightsTest.TINY);
    assertThat(found.layout().faults()).isEmpty();
    assertThat(found.llmHidden()).hasValue(64);
    assertThat(found.layout().extras()).extracting(PartLayout.Extra::group).contains("language_model.*", "t5_proj.*");
    assertThat(found.layout().extras()).noneMatch(extra -> extra.reason().isEmpty());
  }

  @Test
  void theFolderAloneLacksTheProjection() throws IOException {
    write();
    PartLayouts.Vision found = PartLayouts.vision(List.of(folder), VisionWeightsTest.TINY);
    assertThat(found.llmHidden()).isEmpty();
    assertThat(found.layout().faults()).extracting(TensorFault::name).containsExactly("llama_proj.weight",
        "llama_proj.bias");
  }
}
