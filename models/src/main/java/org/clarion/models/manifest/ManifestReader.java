package org.clarion.models.manifest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.clarion.models.architecture.LlamaConfig;
import org.clarion.models.architecture.VisionConfig;
import org.clarion.models.prompt.PromptTemplate;
import org.jspecify.annotations.Nullable;

/** Reads a manifest from YAML. Every missing, unknown or mistyped key is refused by its name. */
final class ManifestReader {
  private static final YAMLMapper YAML = YAMLMapper.builder().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
      .build();

  private ManifestReader() {}

  /**
   * Reads one manifest.
   *
   * @param name
   *          for messages
   * @throws ManifestException
   *           when it is no manifest
   */
  static ModelManifest read(String name, InputStream in) throws IOException {
    JsonNode tree;
    try {
      tree = YAML.readTree(in);
    } catch (JsonProcessingException e) {
      throw new ManifestException("manifest_invalid", name + ": not YAML: " + e.getOriginalMessage(), e);
    }
    // An empty file is read as null by some versions and as a missing node by others.
    Fields top = new Fields(name, "", tree == null ? MissingNode.getInstance() : tree);
    try {
      ModelManifest manifest = manifest(top);
      top.done();
      return manifest;
    } catch (IllegalArgumentException e) {
      throw new ManifestException("manifest_invalid", name + ": " + e.getMessage(), e);
    }
  }

  private static ModelManifest manifest(Fields top) {
    String id = top.text("id");
    if (!id.matches("[a-z0-9][a-z0-9.-]{0,63}")) {
      throw new IllegalArgumentException(
          "id '" + id + "' must be 1 to 64 of a-z, 0-9, '.' and '-', and start with a letter or digit");
    }
    String prompt = top.text("prompt");
    var _ = PromptTemplate.named(prompt);
    ModelManifest.Language language = language(top.object("language"));
    Fields vision = top.optional("vision");
    Fields download = top.optional("download");
    return new ModelManifest(id, top.text("title"), top.text("licence"), language,
        vision == null ? null : vision(vision), prompt, stop(top.object("stop")), sampling(
            top.optional("sampling")),
        top.text("notice"),
        download == null ? null : download(download));
  }

  private static ModelManifest.Language language(Fields fields) {
    Fields shape = fields.optional("config");
    LlamaConfig config = shape == null ? null : config(shape);
    ModelManifest.Language language = new ModelManifest.Language(fields.text("weights"), fields.text("tokenizer"),
        config, fields.positive("max-context"), fields.flag("add-bos"));
    RandomWeights.seed(List.of(language.weights()));
    if (language.weights().startsWith(RandomWeights.PREFIX) && config == null) {
      throw new IllegalArgumentException("language.config is missing, and random weights need a shape");
    }
    if (config != null && language.maxContext() > config.maxContext()) {
      throw new IllegalArgumentException("language.max-context " + language.maxContext()
          + " is above the model's own limit " + config.maxContext());
    }
    fields.done();
    return language;
  }

  private static LlamaConfig config(Fields fields) {
    LlamaConfig config = new LlamaConfig(fields.positive("hidden"), fields.positive("layers"), fields.positive("heads"),
        fields.positive("kv-heads"), fields.positive("head-dim"), fields.positive("intermediate"),
        fields.positive("vocabulary"), fields.number("rms-eps"), fields.number("rope-base"), fields.flag("tied-head"),
        fields.positive("max-context"));
    fields.done();
    return config;
  }

  private static ModelManifest.Vision vision(Fields fields) {
    ModelManifest.Vision vision = new ModelManifest.Vision(fields.texts("weights"), fields.positive("image-size"),
        fields.numbers("mean", 3), fields.numbers("std", 3), shape(fields.object("shape")), fields.positive("tokens"));
    if (vision.weights().isEmpty()) {
      throw new IllegalArgumentException("vision.weights is empty");
    }
    RandomWeights.seed(vision.weights());
    if (vision.std().stream().anyMatch(std -> std <= 0)) {
      throw new IllegalArgumentException("vision.std must be above 0, not " + vision.std());
    }
    if (vision.tokens() != vision.shape().queries()) {
      throw new IllegalArgumentException("vision.tokens " + vision.tokens()
          + " must equal the number of queries in vision.shape, " + vision.shape().queries());
    }
    if (vision.imageSize() % vision.shape().patch() != 0) {
      throw new IllegalArgumentException("vision.image-size " + vision.imageSize() + " is no multiple of the patch "
          + vision.shape().patch());
    }
    fields.done();
    return vision;
  }

  private static VisionConfig shape(Fields fields) {
    VisionConfig shape = new VisionConfig(fields.positive("patch"), fields.positive("width"), fields.positive("blocks"),
        fields.positive("heads"), fields.positive("mlp"), fields.positive("queries"), fields.positive("q-width"),
        fields.positive("q-layers"), fields.positive("q-heads"), fields.positive("q-mlp"));
    fields.done();
    return shape;
  }

  private static SamplingDefaults sampling(@Nullable Fields fields) {
    if (fields == null) {
      return SamplingDefaults.NEUTRAL;
    }
    SamplingDefaults none = SamplingDefaults.NEUTRAL;
    SamplingDefaults sampling = new SamplingDefaults(fields.number("temperature", none.temperature()),
        fields.number("top-p", none.topP()), fields.number("top-k", none.topK()),
        fields.number("repetition-penalty", none.repetitionPenalty()), fields.optionalPositive("max-new-tokens"),
        fields.optionalPositive("max-length"));
    fields.done();
    return sampling;
  }

  private static ModelManifest.Stop stop(Fields fields) {
    ModelManifest.Stop stop = new ModelManifest.Stop(fields.texts("tokens"), fields.optionalIds("ids"),
        fields.texts("texts"));
    fields.done();
    return stop;
  }

  private static ModelManifest.Download download(Fields fields) {
    ModelManifest.Download download = new ModelManifest.Download(fields.text("package"), fields.text("version"),
        fields.text("archive"), fields.size("archive-bytes"), fields.hash("archive-sha256"), fields.text("member"),
        fields.fileName("file"), fields.size("bytes"), fields.hash("sha256"));
    fields.done();
    return download;
  }
}
