package org.clarion.models.manifest;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Function;
import org.clarion.models.architecture.DecoderConfig;
import org.clarion.models.architecture.EvaConfig;
import org.clarion.models.architecture.FalconConfig;
import org.clarion.models.architecture.LlamaConfig;
import org.clarion.models.architecture.SwinConfig;
import org.clarion.models.architecture.VisionConfig;
import org.jspecify.annotations.Nullable;

/**
 * Reads a manifest from YAML. The schema has the say on keys, types and ranges; here is what relates one value to
 * another. Keys that a manifest may leave out have their meaning in {@code docs/manifest.md}.
 */
final class ManifestReader {
  private static final YAMLMapper YAML = YAMLMapper.builder().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
      .build();

  private ManifestReader() {}

  /**
   * Reads one manifest.
   *
   * @param name
   *          for messages
   * @param base
   *          folder that a relative {@code folder} starts from; absent for a built-in manifest
   * @throws ManifestException
   *           when it is no manifest; the message names every fault that the schema finds
   */
  static ModelManifest read(String name, @Nullable Path base, InputStream in) throws IOException {
    JsonNode tree;
    try {
      tree = YAML.readTree(in);
    } catch (JsonProcessingException e) {
      throw new ManifestException("manifest_invalid", name + ": not YAML: " + e.getOriginalMessage(), e);
    }
    // An empty file is read as null by some versions and as a missing node by others.
    List<String> faults = ManifestSchema.faults(tree == null ? MissingNode.getInstance() : tree);
    if (tree == null || !faults.isEmpty()) {
      throw new ManifestException("manifest_invalid", name + ": " + String.join("; ", faults));
    }
    try {
      return checked(manifest(tree, base));
    } catch (IllegalArgumentException e) {
      throw new ManifestException("manifest_invalid", name + ": " + e.getMessage(), e);
    }
  }

  private static ModelManifest manifest(JsonNode top, @Nullable Path base) {
    return new ModelManifest(text(top, "id"), text(top, "title"), text(top, "licence"),
        top.path("revision").asText("1"), folder(top, base), language(top.path("language")),
        optional(top, "vision", ManifestReader::vision),
        new ModelManifest.Prompt(text(top, "prompt"), top.path("system").asText("")), stop(top.path("stop")),
        sampling(top.path("sampling")), top.path("notice").asText(""),
        top.path("files").valueStream().map(ManifestReader::file).toList(),
        optional(top, "download", ManifestReader::download));
  }

  /** A file that nothing names would be asked of the user for no reason; most likely its path is misspelled. */
  private static ModelManifest checked(ModelManifest model) {
    List<String> named = new ArrayList<>(List.of(model.language().weights(), model.language().tokenizer()));
    ModelManifest.Vision vision = model.vision();
    if (vision != null) {
      named.addAll(vision.weights());
    }
    for (ModelManifest.ModelFile file : model.files()) {
      if (named.stream().noneMatch(name -> Path.of(file.path()).startsWith(name))) {
        throw new IllegalArgumentException(
            "files: neither language nor vision names " + file.path() + " or a folder that it lies in");
      }
    }
    return model;
  }

  private static @Nullable Path folder(JsonNode top, @Nullable Path base) {
    if (!top.has("folder")) {
      return null;
    }
    Path folder = Path.of(text(top, "folder"));
    if (base == null && !folder.isAbsolute()) {
      throw new IllegalArgumentException("folder " + folder + " must be absolute in a manifest that is no file");
    }
    return base == null ? folder : base.resolve(folder).normalize();
  }

  private static ModelManifest.Language language(JsonNode node) {
    Architecture architecture = Architecture.ofWord(node.path("architecture").asText(Architecture.LLAMA.word()));
    DecoderConfig config = optional(node, "config", shape -> switch (architecture) {
      case LLAMA -> llama(shape);
      case FALCON -> falcon(shape);
    });
    ModelManifest.Language language = new ModelManifest.Language(architecture, text(node, "weights"),
        text(node, "tokenizer"), config, number(node, "max-context"), node.path("add-bos").asBoolean());
    Long seed = RandomWeights.seed(List.of(language.weights()));
    if (seed != null && config == null) {
      throw new IllegalArgumentException("language.config is missing, and random weights need a shape");
    }
    if (config != null && language.maxContext() > config.maxContext()) {
      throw new IllegalArgumentException("language.max-context " + language.maxContext()
          + " is above the model's own limit " + config.maxContext());
    }
    return language;
  }

  private static LlamaConfig llama(JsonNode node) {
    return new LlamaConfig(number(node, "hidden"), number(node, "layers"), number(node, "heads"),
        number(node, "kv-heads"), number(node, "head-dim"), number(node, "intermediate"), number(node, "vocabulary"),
        node.path("rms-eps").asDouble(), node.path("rope-base").asDouble(), node.path("tied-head").asBoolean(),
        number(node, "max-context"));
  }

  private static FalconConfig falcon(JsonNode node) {
    return new FalconConfig(number(node, "hidden"), number(node, "layers"), number(node, "heads"),
        number(node, "kv-heads"), number(node, "head-dim"), number(node, "intermediate"), number(node, "vocabulary"),
        node.path("norm-eps").asDouble(), node.path("rope-base").asDouble(), node.path("tied-head").asBoolean(),
        number(node, "max-context"));
  }

  private static ModelManifest.Vision vision(JsonNode node) {
    ModelManifest.Vision vision = new ModelManifest.Vision(texts(node, "weights"), number(node, "image-size"),
        doubles(node, "mean"), doubles(node, "std"),
        shape(node.path("route").asText("eva-qformer"), node.path("shape")), number(node, "tokens"),
        node.path("required")
            .asBoolean(false));
    RandomWeights.seed(vision.weights());
    try {
      vision.shape().checkImageSize(vision.imageSize());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("vision.image-size: " + e.getMessage(), e);
    }
    if (vision.tokens() != vision.shape().tokens(vision.imageSize())) {
      throw new IllegalArgumentException("vision.tokens " + vision.tokens() + " must equal what vision.shape gives, "
          + vision.shape().tokens(vision.imageSize()));
    }
    return vision;
  }

  private static VisionConfig shape(String route, JsonNode node) {
    return switch (route) {
      case "eva-qformer" -> eva(node, new EvaConfig.QFormer(number(node, "queries"), number(node, "q-width"),
          number(node, "q-layers"), number(node, "q-heads"), number(node, "q-mlp")));
      case "eva-concat" -> eva(node, new EvaConfig.Concat(number(node, "concat")));
      case "swin" -> new SwinConfig(number(node, "patch"), number(node, "width"), numbers(node, "depths"),
          numbers(node, "heads"), number(node, "window"), number(node, "mlp-ratio"), number(node, "features"));
      default -> throw new IllegalArgumentException(
          "vision.route is '" + route + "', expected one of eva-qformer, eva-concat, swin");
    };
  }

  private static EvaConfig eva(JsonNode node, EvaConfig.Bridge bridge) {
    return new EvaConfig(number(node, "patch"), number(node, "width"), number(node, "blocks"), number(node, "heads"),
        number(node, "mlp"), bridge);
  }

  private static List<Integer> numbers(JsonNode node, String key) {
    return node.path(key).valueStream().map(JsonNode::asInt).toList();
  }

  private static ModelManifest.Stop stop(JsonNode node) {
    return new ModelManifest.Stop(texts(node, "tokens"),
        node.path("ids").valueStream().map(JsonNode::asInt).toList(), texts(node, "texts"));
  }

  private static SamplingDefaults sampling(JsonNode node) {
    SamplingDefaults none = SamplingDefaults.NEUTRAL;
    return new SamplingDefaults(node.path("temperature").asDouble(none.temperature()),
        node.path("top-p").asDouble(none.topP()), node.path("top-k").asInt(none.topK()),
        node.path("repetition-penalty").asDouble(none.repetitionPenalty()), optionalInt(node, "max-new-tokens"),
        optionalInt(node, "max-length"));
  }

  private static ModelManifest.ModelFile file(JsonNode node) {
    return new ModelManifest.ModelFile(text(node, "path"), text(node, "from"),
        node.has("bytes") ? OptionalLong.of(node.path("bytes").asLong()) : OptionalLong.empty(),
        node.path("sha256").asText(""));
  }

  private static ModelManifest.Download download(JsonNode node) {
    return new ModelManifest.Download(text(node, "package"), text(node, "version"), text(node, "archive"),
        node.path("archive-bytes").asLong(), text(node, "archive-sha256"), text(node, "member"), text(node, "file"),
        node.path("bytes").asLong(), text(node, "sha256"));
  }

  private static <T> @Nullable T optional(JsonNode node, String key, Function<JsonNode, T> read) {
    return node.has(key) ? read.apply(node.path(key)) : null;
  }

  private static OptionalInt optionalInt(JsonNode node, String key) {
    return node.has(key) ? OptionalInt.of(number(node, key)) : OptionalInt.empty();
  }

  private static String text(JsonNode node, String key) {
    return node.path(key).asText();
  }

  private static int number(JsonNode node, String key) {
    return node.path(key).asInt();
  }

  private static List<String> texts(JsonNode node, String key) {
    return node.path(key).valueStream().map(JsonNode::asText).toList();
  }

  private static List<Double> doubles(JsonNode node, String key) {
    return node.path(key).valueStream().map(JsonNode::asDouble).toList();
  }
}
