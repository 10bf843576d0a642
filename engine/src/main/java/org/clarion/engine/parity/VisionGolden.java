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
import org.clarion.models.image.PixelTensor;
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
    try (EvaWeights weights = weights(fixtures, config, files)) {
      return EvaTower.load(weights, vision(config, imageSize), new TowerOptions(Precision.FLOAT32, 2));
    }
  }

  /** The tower's weights from files of the fixtures. */
  static EvaWeights weights(Path fixtures, EvaConfig config, String... files) {
    return (EvaWeights) VisionWeights.open(Arrays.stream(files).map(fixtures::resolve).toList(), config);
  }

  /** What a manifest would say of the tower. */
  static ModelManifest.Vision vision(EvaConfig config, int imageSize) {
    return new ModelManifest.Vision(List.of(), imageSize, MEAN, STD, config, config.tokens(imageSize));
  }

  /** Entry {@code index} of a batch of {@code count}. */
  static float[] entry(float[] batch, int index, int count) {
    int length = batch.length / count;
    return Arrays.copyOfRange(batch, index * length, (index + 1) * length);
  }

  /** Undoes the normalisation, which loses nothing of 8-bit values. */
  static PixelTensor pixels(float[] normalised) {
    byte[] bytes = new byte[normalised.length];
    int plane = normalised.length / 3;
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) Math.round((normalised[i] * STD.get(i / plane) + MEAN.get(i / plane)) * 255);
    }
    return new PixelTensor((int) Math.round(Math.sqrt(plane)), bytes);
  }
}
