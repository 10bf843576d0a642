package org.clarion.engine.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.decoder.StepProfile;
import org.clarion.engine.script.EngineThread;
import org.clarion.engine.vision.ImageTower;
import org.clarion.engine.vision.ImageTowers;
import org.clarion.engine.vision.TowerOptions;
import org.clarion.models.architecture.EvaConfig;
import org.clarion.models.checkpoint.Checkpoint;
import org.clarion.models.checkpoint.ConvertedTower;
import org.clarion.models.checkpoint.EvaWeights;
import org.clarion.models.checkpoint.SwinWeights;
import org.clarion.models.checkpoint.VisionWeights;
import org.clarion.models.image.PixelTensor;
import org.clarion.models.manifest.ModelManifest;

/** Times the encoding of images: an image tower and its projection. */
public final class VisionBench {
  private static final List<Double> MEAN = List.of(0.48145466, 0.4578275, 0.40821073);
  private static final List<Double> STD = List.of(0.26862954, 0.26130258, 0.27577711);

  private VisionBench() {}

  /**
   * Loads the tower, encodes copies of one image again and again, and closes the tower. Blocks for as long as that
   * takes.
   *
   * @param weights
   *          stay the caller's to close
   * @param imageSize
   *          side of the images, pixels
   * @param batches
   *          images of a call, one cell each
   * @param seconds
   *          how long a cell is repeated
   */
  public static DecoderBench.Result run(VisionWeights weights, int imageSize, TowerOptions options,
      List<Integer> batches, double seconds, BenchProgress progress) {
    progress.at("loading");
    try (EngineThread thread = EngineThread.start("bench-vision", 1)) {
      return thread.submit(() -> {
        long start = System.nanoTime();
        ModelManifest.Vision vision = new ModelManifest.Vision(List.of("random:1"), imageSize, MEAN, STD,
            weights.config(), weights.config().tokens(imageSize));
        try (ImageTower tower = ImageTowers.load(weights, vision, options)) {
          double loaded = (System.nanoTime() - start) / 1e9;
          List<BenchCell> cells = new ArrayList<>();
          for (int images : batches) {
            String name = "encode, " + images + (images == 1 ? " image" : " images");
            progress.at(name);
            cells.add(cell(name, tower, weights, images, tower.precision(), seconds));
          }
          return new DecoderBench.Result(loaded, cells);
        }
      }).join();
    }
  }

  private static BenchCell cell(String name, ImageTower tower, VisionWeights weights, int images,
      Precision precision, double seconds) {
    int size = tower.imageSize();
    PixelTensor image = new PixelTensor(size, new byte[3 * size * size]);
    double warm = encode(tower, image, images);
    int calls = Math.clamp(Math.round(seconds / Math.min(warm, encode(tower, image, images))),
        DecoderWorkload.FEWEST_CALLS, DecoderWorkload.MOST_CALLS);
    double[] times = new double[calls];
    double mean = 0;
    StepProfile before = tower.profile();
    for (int i = 0; i < calls; i++) {
      times[i] = encode(tower, image, images);
      mean += times[i] / calls;
    }
    StepProfile spent = tower.profile().since(before);
    double bytes = images * DecoderCosts.bytes(precision) * matrixElements(weights);
    return new BenchCell(name, BenchCell.Kind.ENCODE, images, 0, StepTimes.of(times), images, bytes,
        images * operations(weights, size), spent.sum() == 0
            ? BenchCell.Breakdown.whole(mean)
            : BenchCell.Breakdown.of(mean, spent, 0, 0, 1e-9 / calls));
  }

  private static double encode(ImageTower tower, PixelTensor image, int images) {
    long start = System.nanoTime();
    tower.encode(Collections.nCopies(images, image));
    return (System.nanoTime() - start) / 1e9;
  }

  /** Elements of all matrices and of the patch filter. */
  static double matrixElements(VisionWeights weights) {
    return graph(weights).tensors().entrySet().stream()
        .filter(entry -> entry.getKey().endsWith(".weight") && entry.getValue().shape().size() > 1)
        .mapToDouble(entry -> entry.getValue().elements()).sum();
  }

  private static Checkpoint graph(VisionWeights weights) {
    return switch (weights) {
      case EvaWeights _,SwinWeights _ -> weights.checkpoint();
      // Its tensors are packed; made-up weights have the shapes of the graph.
      case ConvertedTower converted -> VisionWeights.random(converted.config(), converted.header().imageSize(),
          converted.llmHidden(), 0).checkpoint();
    };
  }

  /**
   * Of one image, counted from the shapes: patches, attention and MLP of each block, Q-Former, projection.
   *
   * @return 0 for a graph that is not counted
   */
  static double operations(VisionWeights weights, int imageSize) {
    if (!(weights.config() instanceof EvaConfig tower)) {
      return 0;
    }
    double tokens = tower.positions(imageSize);
    double width = tower.width();
    double block = 8 * tokens * width * width + 4 * tokens * width * tower.mlp() + 4 * tokens * tokens * width;
    double patches = 2 * (tokens - 1) * width * 3 * tower.patch() * tower.patch();
    double bridge = switch (tower.bridge()) {
      case EvaConfig.QFormer former -> operations(former, tokens, width);
      case EvaConfig.Concat _ -> 0;
    };
    double projection = 2.0 * tower.tokens(imageSize) * tower.featureWidth() * weights.llmHidden();
    return tower.blocks() * block + patches + bridge + projection;
  }

  private static double operations(EvaConfig.QFormer former, double tokens, double seen) {
    double rows = former.queries();
    double width = former.width();
    double layer = 8 * rows * width * width + 4 * rows * rows * width + 4 * rows * width * former.mlp();
    double crossing = 4 * rows * width * width + 4 * tokens * seen * width + 4 * rows * tokens * width;
    int crossings = (former.layers() + 1) / 2;
    return former.layers() * layer + crossings * crossing;
  }
}
