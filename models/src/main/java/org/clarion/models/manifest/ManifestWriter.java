package org.clarion.models.manifest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.util.LinkedHashMap;
import java.util.Map;
import org.clarion.models.architecture.EvaConfig;
import org.clarion.models.architecture.SwinConfig;
import org.clarion.models.architecture.VisionConfig;
import org.clarion.models.manifest.ModelManifest.Language;
import org.clarion.models.manifest.ModelManifest.ModelFile;
import org.clarion.models.manifest.ModelManifest.Vision;

/** Writes a manifest as {@link ManifestReader} reads it; its folder is the one that the manifest will lie in. */
public final class ManifestWriter {
  private static final YAMLMapper YAML = YAMLMapper.builder().build();

  private ManifestWriter() {}

  /**
   * A manifest of files: what it says of a decoder's shape and of a download is left out.
   *
   * @return YAML
   */
  public static String yaml(ModelManifest model) {
    Map<String, Object> top = new LinkedHashMap<>();
    top.put("id", model.id());
    top.put("title", model.title());
    top.put("licence", model.licence());
    top.put("revision", model.revision());
    top.put("folder", ".");
    top.put("language", language(model.language()));
    Vision vision = model.vision();
    if (vision != null) {
      top.put("vision", vision(vision));
    }
    top.put("prompt", model.prompt().name());
    if (!model.prompt().system().isEmpty()) {
      top.put("system", model.prompt().system());
    }
    top.put("stop", map("tokens", model.stop().tokens(), "ids", model.stop().ids(), "texts", model.stop().texts()));
    top.put("sampling", sampling(model.samplingDefaults()));
    if (!model.notice().isEmpty()) {
      top.put("notice", model.notice());
    }
    top.put("files", model.files().stream().map(ManifestWriter::file).toList());
    try {
      return YAML.writeValueAsString(top);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("texts, numbers and lists can be written", e);
    }
  }

  private static Map<String, Object> language(Language language) {
    return map("architecture", language.architecture().word(), "weights", language.weights(), "tokenizer",
        language.tokenizer(), "max-context", language.maxContext(), "add-bos", language.addBos());
  }

  private static Map<String, Object> vision(Vision vision) {
    Map<String, Object> values = map("route", route(vision.shape()), "weights", vision.weights(), "image-size", vision
        .imageSize(), "mean", vision.mean(), "std", vision.std(), "tokens", vision.tokens(), "shape",
        shape(vision
            .shape()));
    if (vision.required()) {
      values.put("required", true);
    }
    return values;
  }

  private static String route(VisionConfig shape) {
    return switch (shape) {
      case EvaConfig eva -> switch (eva.bridge()) {
        case EvaConfig.QFormer _ -> "eva-qformer";
        case EvaConfig.Concat _ -> "eva-concat";
      };
      case SwinConfig _ -> "swin";
    };
  }

  private static Map<String, Object> shape(VisionConfig shape) {
    return switch (shape) {
      case EvaConfig eva -> {
        Map<String, Object> sizes = map("patch", eva.patch(), "width", eva.width(), "blocks", eva.blocks(), "heads",
            eva.heads(), "mlp", eva.mlp());
        sizes.putAll(switch (eva.bridge()) {
          case EvaConfig.QFormer q -> map("queries", q.queries(), "q-width", q.width(), "q-layers", q.layers(),
              "q-heads", q.heads(), "q-mlp", q.mlp());
          case EvaConfig.Concat concat -> map("concat", concat.patches());
        });
        yield sizes;
      }
      case SwinConfig swin -> map("patch", swin.patch(), "width", swin.width(), "depths", swin.depths(), "heads",
          swin.heads(), "window", swin.window(), "mlp-ratio", swin.mlpRatio(), "features", swin.featureWidth());
    };
  }

  private static Map<String, Object> sampling(SamplingDefaults sampling) {
    Map<String, Object> values = map("temperature", sampling.temperature(), "top-p", sampling.topP(), "top-k",
        sampling.topK(), "repetition-penalty", sampling.repetitionPenalty());
    sampling.maxNewTokens().ifPresent(tokens -> values.put("max-new-tokens", tokens));
    sampling.maxLength().ifPresent(length -> values.put("max-length", length));
    return values;
  }

  private static Map<String, Object> file(ModelFile file) {
    Map<String, Object> values = map("path", file.path(), "from", file.from());
    file.bytes().ifPresent(bytes -> values.put("bytes", bytes));
    if (!file.sha256().isEmpty()) {
      values.put("sha256", file.sha256());
    }
    return values;
  }

  private static Map<String, Object> map(Object... keysAndValues) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      map.put(String.valueOf(keysAndValues[i]), keysAndValues[i + 1]);
    }
    return map;
  }
}
