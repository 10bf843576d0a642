package org.clarion.engine.parity;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.vision.EvaTower;
import org.clarion.engine.vision.TowerOptions;
import org.clarion.models.architecture.EvaConfig;
import org.clarion.models.checkpoint.EvaWeights;
import org.clarion.models.checkpoint.VisionWeights;
import org.clarion.models.manifest.ModelManifest;

/** The small image tower of the fixtures. */
final class VisionGolden {
  /** Sizes of the tower, which its files do not state. */
  static final EvaConfig CONFIG = new EvaConfig(14, 64, 3, 4, 128, new EvaConfig.QFormer(8, 32, 4, 4, 64));

  private static final EvaConfig CONCAT = new EvaConfig(14, 64, 3, 4, 128, new EvaConfig.Concat(4));

  private static final List<Double> MEAN = List.of(0.48145466, 0.4578275, 0.40821073);
  private static final List<Double> STD = List.of(0.26862954, 0.26130258, 0.27577711);

  private VisionGolden() {}

  static EvaTower open(Path fixtures, int imageSize, String... files) {
    return open(fixtures, CONFIG, imageSize, files);
  }

  /** The tower without Q-Former, which puts four patches side by side. */
  static EvaTower openConcat(Path fixtures, String... files) {
    return open(fixtures, CONCAT, 56, files);
  }

  private static EvaTower open(Path fixtures, EvaConfig config, int imageSize, String... files) {
    List<Path> paths = Arrays.stream(files).map(fixtures::resolve).toList();
    ModelManifest.Vision vision = new ModelManifest.Vision(List.of(), imageSize, MEAN, STD, config,
        config.tokens(imageSize));
    try (VisionWeights weights = VisionWeights.open(paths, config)) {
      return EvaTower.load((EvaWeights) weights, vision, new TowerOptions(Precision.FLOAT32, 2));
    }
  }

  /** Entry {@code index} of a batch of {@code count}. */
  static float[] entry(float[] batch, int index, int count) {
    int length = batch.length / count;
    return Arrays.copyOfRange(batch, index * length, (index + 1) * length);
  }
}
