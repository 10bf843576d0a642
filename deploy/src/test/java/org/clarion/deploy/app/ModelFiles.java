package org.clarion.deploy.app;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.clarion.models.architecture.DecoderConfig;
import org.clarion.models.architecture.SwinConfig;
import org.clarion.models.checkpoint.Checkpoint;
import org.clarion.models.checkpoint.DecoderConfigs;
import org.clarion.models.checkpoint.DecoderWeights;
import org.clarion.models.checkpoint.ElementType;
import org.clarion.models.checkpoint.SafetensorsWriter;
import org.clarion.models.checkpoint.TensorInfo;
import org.clarion.models.checkpoint.VisionWeights;
import org.clarion.models.manifest.ManifestWriter;
import org.clarion.models.manifest.ModelCatalogue;
import org.clarion.models.manifest.ModelManifest;
import org.clarion.models.manifest.ModelManifest.Language;
import org.clarion.models.manifest.ModelManifest.Vision;

/** The built-in tiny model as files: a Hugging Face folder, an image tower in float16, a vocabulary, a manifest. */
final class ModelFiles {
  private ModelFiles() {}

  static Path write(Path folder) throws IOException {
    return write(folder, evaTower());
  }

  /** The same with an image tower that no kernel of our own computes. */
  static Path writeWithSwin(Path folder) throws IOException {
    Vision eva = evaTower();
    return write(folder, new Vision(eva.weights(), 32, eva.mean(), eva.std(),
        new SwinConfig(4, 32, List.of(1, 1), List.of(2, 4), 4, 2, 24), 1));
  }

  private static Path write(Path folder, Vision vision) throws IOException {
    Path manifest = manifest(folder, vision);
    ModelManifest tiny = ModelCatalogue.builtIn().require("tiny");
    DecoderConfig config = Objects.requireNonNull(tiny.language().config());
    Path language = Files.createDirectories(folder.resolve("llm"));
    Files.writeString(language.resolve("config.json"), DecoderConfigs.json(config));
    try (DecoderWeights weights = DecoderWeights.random(config, 7);
        VisionWeights tower = VisionWeights.random(vision.shape(), vision.imageSize(), config.hidden(), 8)) {
      write(language.resolve("model.safetensors"), weights.checkpoint(), ElementType.FLOAT32);
      write(folder.resolve("tower.safetensors"), tower.checkpoint(), ElementType.FLOAT16);
    }
    try (InputStream in = ModelCatalogue.class.getResourceAsStream("tiny.tokenizer.json")) {
      Files.write(language.resolve("tokenizer.json"), Objects.requireNonNull(in).readAllBytes());
    }
    return manifest;
  }

  private static Vision evaTower() {
    Vision vision = Objects.requireNonNull(ModelCatalogue.builtIn().require("tiny").vision());
    return new Vision(List.of("tower.safetensors"), vision.imageSize(), vision.mean(), vision.std(), vision.shape(),
        vision.tokens());
  }

  /** A manifest whose files are not there. */
  static Path manifest(Path folder) throws IOException {
    return manifest(folder, evaTower());
  }

  private static Path manifest(Path folder, Vision vision) throws IOException {
    ModelManifest tiny = ModelCatalogue.builtIn().require("tiny");
    ModelManifest files = new ModelManifest("small", "Small model", tiny.licence(), "r2", null,
        new Language("llm", "llm/tokenizer.json", null, 512, false), vision, tiny.prompt(), tiny.stop(), tiny
            .samplingDefaults(),
        tiny.notice(), List.of(), null);
    Files.createDirectories(folder);
    return Files.writeString(folder.resolve("small.yaml"), ManifestWriter.yaml(files));
  }

  static float[] floats(Checkpoint checkpoint, String name) {
    FloatBuffer floats = FloatBuffer.allocate(Math.toIntExact(checkpoint.require(name).elements()));
    checkpoint.readFloats(name, floats);
    return floats.array();
  }

  private static void write(Path file, Checkpoint checkpoint, ElementType type) throws IOException {
    List<TensorInfo> tensors = checkpoint.tensors().values().stream()
        .map(info -> new TensorInfo(info.name(), type, info.shape())).toList();
    try (SafetensorsWriter writer = SafetensorsWriter.create(file, SafetensorsWriter.Layout.of(Map.of(), tensors));
        Arena arena = Arena.ofConfined()) {
      for (TensorInfo tensor : tensors) {
        float[] values = floats(checkpoint, tensor.name());
        MemorySegment bytes = arena.allocate(type.bytes(values.length), Long.BYTES);
        for (int i = 0; i < values.length; i++) {
          if (type == ElementType.FLOAT16) {
            bytes.setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(values[i]));
          } else {
            bytes.setAtIndex(ValueLayout.JAVA_FLOAT, i, values[i]);
          }
        }
        writer.write(tensor.name(), bytes);
      }
      assertWritten(writer.finish());
    }
  }

  private static void assertWritten(String hash) {
    if (hash.length() != 64) {
      throw new IllegalStateException("no SHA-256: " + hash);
    }
  }
}
