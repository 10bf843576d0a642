package org.clarion.models.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.clarion.models.checkpoint.HeaderFiles;
import org.clarion.models.checkpoint.PartLayout;
import org.clarion.models.manifest.ModelCatalogue;
import org.clarion.models.manifest.ModelManifest;
import org.clarion.models.manifest.ModelStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Examines models of full size whose files are headers and holes. Where the system property {@code clarion.header-sets}
 * names a folder, the sets stay there for the command line.
 */
class DoctorTest {
  private static final long GIB = 1L << 30;
  private static final MemoryPlan.Question QUESTION = new MemoryPlan.Question(2048, 8, CacheKind.BF16, 8, 32 * GIB);

  @TempDir
  Path temporary = Path.of("");

  private Path root() {
    String kept = System.getProperty("clarion.header-sets");
    return kept == null ? temporary : Path.of(kept);
  }

  /** A model that is published but for its tokenizer, which has no header to look at. */
  private ModelManifest published(String id, int hidden, int vocabulary) throws IOException {
    ModelManifest original = ModelCatalogue.builtIn().require(id);
    Path folder = root().resolve(id);
    ModelManifest.Language language = original.language();
    HeaderFiles.decoder(folder.resolve(language.weights()), HeaderFiles.llama(hidden, vocabulary));
    HeaderFiles.tower(folder.resolve("eva_vit_g.pth"), folder.resolve("blip2_pretrained_flant5xxl.pth"));
    ModelManifest.Vision vision = original.vision();
    assertThat(vision).isNotNull();
    String projection = vision.weights().getLast();
    HeaderFiles.projection(folder.resolve(projection), id.startsWith("skin") ? "llm_proj" : "llama_proj", hidden);
    Path file = root().resolve(id + ".yaml");
    Files.writeString(file, """
        # Headers of a published model without its data, to try `clarion models check` on.
        id: %s-headers
        title: %s (headers only)
        licence: %s
        folder: %s
        language: {weights: %s, tokenizer: "resource:tiny.tokenizer.json", max-context: %d, add-bos: false}
        vision:
          weights: [eva_vit_g.pth, blip2_pretrained_flant5xxl.pth, %s]
          image-size: 224
          mean: [0.48145466, 0.4578275, 0.40821073]
          std: [0.26862954, 0.26130258, 0.27577711]
          tokens: 32
          shape: {patch: 14, width: 1408, blocks: 39, heads: 16, mlp: 6144,
                  queries: 32, q-width: 768, q-layers: 12, q-heads: 12, q-mlp: 3072}
        prompt: %s
        stop: {texts: ["###"]}
        """.formatted(id, original.title(), original.licence().replace(':', ' '), id, language.weights(),
        language.maxContext(), projection, original.prompt().name()));
    return ModelCatalogue.read(file);
  }

  private ModelReport examine(ModelManifest model) {
    return Doctor.examine(model, new ModelStore(root()), QUESTION);
  }

  @Test
  void xrayGptOf7BillionIsWholeAndPlanned() throws IOException {
    ModelReport report = examine(published("xraygpt-vicuna-7b", 4096, 32001));
    assertThat(report.errors()).isEmpty();
    assertThat(report.usable()).isTrue();
    PartLayout language = report.parts().getFirst().layout();
    assertThat(language.tensors()).isEqualTo(291);
    assertThat(language.elements()).isEqualTo(6_738_423_808L);
    assertThat(language.bytes().values()).containsExactly(2 * 6_738_423_808L);
    assertThat(language.extras()).singleElement().isEqualTo(
        new PartLayout.Extra("*.rotary_emb.inv_freq", "rotary frequencies, computed anew", 32, 32 * 128));
    PartLayout vision = report.parts().getLast().layout();
    // EVA-ViT-g and ln_vision, the Q-Former with its queries, the projection.
    assertThat(vision.elements()).isEqualTo(985_894_528L + 2816 + 105_137_664L + 32 * 768 + 3_149_824L);
    assertThat(vision.extras()).extracting(PartLayout.Extra::group).containsExactlyInAnyOrder("visual_encoder.blocks.*",
        "norm.*, head.*", "Qformer text side", "t5_proj.*", "*.position_ids");
    assertThat(vision.extras()).noneMatch(extra -> extra.reason().isEmpty());
    assertThat(Files.size(root().resolve("xraygpt-vicuna-7b/Vicuna_Radiology_fp16/model-00001-of-00002.safetensors")))
        .isGreaterThan(5 * GIB);
  }

  @Test
  void theMemoryPlanCountsWhatARankHolds() throws IOException {
    MemoryPlan plan = examine(published("xraygpt-vicuna-7b", 4096, 32001)).plan();
    assertThat(plan).isNotNull();
    MemoryPlan.Row one = plan.rows().getFirst();
    assertThat(one.weights(WeightKind.HALF)).isEqualTo(2 * (6_738_423_808L - 65 * 4096));
    assertThat(one.weights(WeightKind.FLOAT32)).isEqualTo(4 * (6_738_423_808L - 65 * 4096));
    // Half a MiB a position in float16.
    assertThat(one.cache()).isEqualTo(2048L * 8 * (1 << 19));
    MemoryPlan.Row four = plan.rows().get(3);
    assertThat(four.cache()).isEqualTo(one.cache() / 4);
    long embedding = 2L * 32001 * 4096;
    assertThat(four.weights(WeightKind.HALF))
        .isBetween((one.weights(WeightKind.HALF) - embedding) / 4 + embedding,
            (one.weights(WeightKind.HALF) - embedding) / 4 + embedding + 8192);
    assertThat(plan.fit(one, WeightKind.FLOAT32)).isEqualTo(MemoryPlan.Fit.NONE);
    assertThat(plan.fit(one, WeightKind.HALF)).isEqualTo(MemoryPlan.Fit.ALL);
    assertThat(plan.fit(plan.rows().get(7), WeightKind.FLOAT32)).isEqualTo(MemoryPlan.Fit.ONE);
  }

  @Test
  void skinGpt4Of13BillionIsWholeAndRefusesTheProjectionOf7Billion() throws IOException {
    ModelManifest model = published("skingpt4-llama2-13b-chat", 5120, 32000);
    ModelReport report = examine(model);
    assertThat(report.errors()).isEmpty();
    assertThat(report.usable()).isTrue();
    assertThat(report.parts().getFirst().layout().elements()).isEqualTo(13_015_864_320L);
    Path projection = root().resolve("skingpt4-llama2-13b-chat/skingpt4_llama2_13bchat_base_pretrain_stage2.pth");
    HeaderFiles.projection(projection, "llm_proj", 4096);
    try {
      assertThat(examine(model).errors()).containsExactly("the projection gives 4096, the language model is 5120 wide:"
          + " this projection belongs to a 7B model, the language model is a 13B model");
    } finally {
      HeaderFiles.projection(projection, "llm_proj", 5120);
    }
  }

  @Test
  void whatIsMissingOrOfAnotherShapeIsNamed() throws IOException {
    ModelManifest model = published("minigpt4-vicuna-7b", 4096, 32001);
    Path folder = root().resolve("minigpt4-vicuna-7b");
    HeaderFiles.write(folder.resolve("prerained_minigpt4_7b.pth"), "F32",
        Map.of("optimizer_like.tensor.weight", List.of(3L)));
    HeaderFiles.decoder(folder.resolve("vicuna-7b-v0"), HeaderFiles.llama(4096, 32000));
    Path config = folder.resolve("vicuna-7b-v0/config.json");
    Files.writeString(config, Files.readString(config).replace("32000", "32001"));
    ModelReport report = examine(model);
    assertThat(report.usable()).isFalse();
    assertThat(report.parts().getFirst().layout().faults()).extracting(Object::toString).containsExactly(
        "model.embed_tokens.weight has shape [32000, 4096], expected [32001, 4096]",
        "lm_head.weight has shape [32000, 4096], expected [32001, 4096]");
    assertThat(report.parts().getLast().layout().faults()).extracting(Object::toString).containsExactly(
        "llama_proj.weight [any, 768] is missing", "llama_proj.bias [any] is missing");
    assertThat(report.errors()).singleElement().asString().contains("no projection", "prerained_minigpt4_7b.pth");
    assertThat(report.parts().getLast().layout().extras()).extracting(PartLayout.Extra::group)
        .contains("optimizer_like.tensor.*");
    Files.delete(folder.resolve("vicuna-7b-v0/model-00002-of-00002.safetensors"));
    assertThat(examine(model).errors()).anySatisfy(
        error -> assertThat(error).contains("lacks 1 of the 2 shards", "model-00002-of-00002.safetensors"));
  }

  @Test
  void filesThatAreNotThereAreListedWithTheirOrigin() {
    ModelReport report = Doctor.examine(ModelCatalogue.builtIn().require("xraygpt-vicuna-7b"),
        new ModelStore(temporary), QUESTION);
    assertThat(report.onlyIncomplete()).isTrue();
    assertThat(report.missing()).hasSize(5).allSatisfy(missing -> assertThat(missing.from()).isNotBlank());
    assertThat(report.plan()).isNull();
  }

  @Test
  void aModelOfRandomWeightsIsUsable() {
    ModelReport report = Doctor.examine(ModelCatalogue.builtIn().require("tiny"), new ModelStore(temporary), QUESTION);
    assertThat(report.usable()).isTrue();
    assertThat(report.notes()).isEmpty();
    MemoryPlan plan = report.plan();
    assertThat(plan).isNotNull();
    assertThat(plan.rows().get(2).impossible()).isEqualTo("2 KV heads");
    assertThat(plan.rows().get(3).impossible()).isEmpty();
  }
}
