package org.clarion.engine.parity;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.vision.VisionEncoder;
import org.clarion.models.architecture.VisionConfig;
import org.clarion.models.checkpoint.VisionWeights;
import org.clarion.models.manifest.ModelManifest;

/** The small image tower of the fixtures. */
final class VisionGolden {
  /** Sizes of the tower, which its files do not state. */
  static final VisionConfig CONFIG = new VisionConfig(14, 64, 3, 4, 128, 8, 32, 4, 4, 64);

  private static final List<Double> MEAN = List.of(0.48145466, 0.4578275, 0.40821073);
  private static final List<Double> STD = List.of(0.26862954, 0.26130258, 0.27577711);

  private VisionGolden() {}

  static VisionEncoder open(Path fixtures, int imageSize, String... files) {
    List<Path> paths = Arrays.stream(files).map(fixtures::resolve).toList();
    ModelManifest.Vision vision = new ModelManifest.Vision(List.of(), imageSize, MEAN, STD, CONFIG, CONFIG.queries());
    try (VisionWeights weights = VisionWeights.open(paths, CONFIG)) {
      return VisionEncoder.load(weights, vision, Precision.FLOAT32, 2);
    }
  }

  /** Entry {@code index} of a batch of {@code count}. */
  static float[] entry(float[] batch, int index, int count) {
    int length = batch.length / count;
    return Arrays.copyOfRange(batch, index * length, (index + 1) * length);
  }
}
