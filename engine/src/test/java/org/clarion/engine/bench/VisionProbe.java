package org.clarion.engine.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.decoder.StepProfile;
import org.clarion.engine.kernel.Activations;
import org.clarion.engine.kernel.ElementKind;
import org.clarion.engine.kernel.KernelLibrary;
import org.clarion.engine.kernel.KernelMemory;
import org.clarion.engine.kernel.KernelProgram;
import org.clarion.engine.kernel.KernelTeam;
import org.clarion.engine.kernel.PackedMatrix;
import org.clarion.engine.kernel.StepNumbers;
import org.clarion.engine.kernel.Tiling;
import org.clarion.engine.vision.ImageTower;
import org.clarion.engine.vision.ImageTowers;
import org.clarion.engine.vision.TowerOptions;
import org.clarion.models.architecture.EvaConfig;
import org.clarion.models.checkpoint.VisionWeights;
import org.clarion.models.image.PixelTensor;
import org.clarion.models.manifest.ModelManifest;

/**
 * Prints what an image takes in a tower of EVA-g's shape with made-up weights, and the share of what the kernels'
 * matrix products reach, and how far embeddings lie from float32:
 * {@code VisionProbe [KINDS [THREADS [BLOCKS [CALLS]]]]}. Medians and best; on a shared machine the best says more.
 */
public final class VisionProbe {
  private static final int SIZE = 224;
  private static final int BLOCKS = 39;
  private static final int IMAGES = 4;
  /** Operations of an image, counted as two for each weight and row. */
  private static final double BLOCK_OPERATIONS = 257.0 * 2 * (4.0 * 1408 * 1408 + 2.0 * 1408 * 6144);

  private VisionProbe() {}

  public static void main(String[] args) {
    List<Precision> kinds = args.length > 0
        ? Arrays.stream(args[0].split(",")).map(Precision::valueOf).toList()
        : List.of(Precision.FLOAT32, Precision.BFLOAT16, Precision.INT8);
    int threads = args.length > 1 ? Integer.parseInt(args[1]) : Runtime.getRuntime().availableProcessors();
    int blocks = args.length > 2 ? Integer.parseInt(args[2]) : BLOCKS;
    int calls = args.length > 3 ? Integer.parseInt(args[3]) : 8;
    EvaConfig config = new EvaConfig(14, 1408, blocks, 16, 6144, new EvaConfig.QFormer(32, 768, 12, 12, 3072));
    ModelManifest.Vision vision = new ModelManifest.Vision(List.of(), SIZE, List.of(0.48, 0.46, 0.41),
        List.of(0.27, 0.26, 0.28), config, 32);
    List<PixelTensor> images = IntStream.range(0, IMAGES).mapToObj(VisionProbe::image).toList();
    float[][] exact = {};
    for (Precision kind : kinds) {
      long start = System.nanoTime();
      try (VisionWeights weights = VisionWeights.random(config, SIZE, 4096, 1);
          ImageTower tower = ImageTowers.load(weights, vision, new TowerOptions(kind, threads))) {
        System.out.printf("%s, %d threads, %d blocks, loaded in %.1f s%n", tower.precision(), threads, blocks,
            (System.nanoTime() - start) / 1e9);
        float[][] embeddings = images.stream().map(image -> tower.encode(image)).toArray(float[][]::new);
        if (kind == Precision.FLOAT32) {
          exact = embeddings;
        } else if (exact.length > 0) {
          System.out.println("  " + difference(exact, embeddings));
        }
        double peak = peak(kind, threads);
        for (int batch : new int[]{1, 4}) {
          StepProfile before = tower.profile();
          double[] ms = time(tower, images.getFirst(), batch, calls);
          StepProfile spent = tower.profile().since(before);
          double rate = blocks * BLOCK_OPERATIONS / ms[0] / 1e9;
          System.out.printf("  batch %d: %6.1f ms an image, best %6.1f (%.2f images/s, %.2f TOP/s%s)%n", batch,
              ms[ms.length / 2], ms[0], 1e3 / ms[0], rate,
              peak > 0 ? String.format(" = %.0f %% of %.2f", 100 * rate / peak, peak) : "");
          if (spent.sum() > 0) {
            double encoded = 1e6 * batch * calls;
            System.out.printf("    on average: linear %.1f ms, attention %.1f, norms and conversions %.1f%n",
                spent.linear() / encoded, spent.attention() / encoded, spent.other() / encoded);
          }
        }
      }
    }
  }

  /** Waves of a few lengths and colours, and some noise. */
  private static PixelTensor image(int seed) {
    Random random = new Random(seed);
    byte[] pixels = new byte[3 * SIZE * SIZE];
    for (int channel = 0; channel < 3; channel++) {
      double across = random.nextDouble() / 10;
      double down = random.nextDouble() / 10;
      for (int i = 0; i < SIZE * SIZE; i++) {
        int row = i / SIZE;
        double wave = Math.sin(across * (i % SIZE)) + Math.cos(down * row);
        pixels[channel * SIZE * SIZE + i] = (byte) Math.clamp(Math.round(128 + 50 * wave + 20 * random.nextGaussian()),
            0, 255);
      }
    }
    return new PixelTensor(SIZE, pixels);
  }

  /** How far embeddings lie from exact ones: of their length, and of the length of what differs between images. */
  private static String difference(float[][] exact, float[][] embeddings) {
    double error = 0;
    double length = 0;
    double own = 0;
    double product = 0;
    double other = 0;
    for (int i = 0; i < exact[0].length; i++) {
      double mean = 0;
      for (float[] embedding : exact) {
        mean += embedding[i] / exact.length;
      }
      for (int image = 0; image < exact.length; image++) {
        double x = exact[image][i];
        double y = embeddings[image][i];
        error += (x - y) * (x - y);
        length += x * x;
        other += y * y;
        product += x * y;
        own += (x - mean) * (x - mean);
      }
    }
    return String.format("from float32: cosine %.6f, relative error %.4f, %.4f of what differs between %d images",
        product / Math.sqrt(length * other), Math.sqrt(error / length), Math.sqrt(error / own), exact.length);
  }

  /** Milliseconds an image of each call, sorted. */
  private static double[] time(ImageTower tower, PixelTensor image, int batch, int calls) {
    double[] ms = new double[calls];
    for (int i = 0; i < calls; i++) {
      long start = System.nanoTime();
      tower.encode(Collections.nCopies(batch, image));
      ms[i] = (System.nanoTime() - start) / 1e6 / batch;
    }
    Arrays.sort(ms);
    return ms;
  }

  /** What a product of cached weights and many rows reaches, TOP/s; 0 where the kernels do not have the kind. */
  private static double peak(Precision precision, int threads) {
    ElementKind kind = switch (precision) {
      case INT8 -> ElementKind.INT8;
      case BFLOAT16 -> ElementKind.BFLOAT16;
      case FLOAT32, FLOAT16, INT4 -> ElementKind.FLOAT32;
    };
    if (kind == ElementKind.FLOAT32 || KernelLibrary.host().isEmpty()) {
      return 0;
    }
    KernelLibrary library = KernelLibrary.host().orElseThrow();
    int rows = 576;
    int size = 1024;
    try (Arena arena = Arena.ofConfined();
        KernelMemory memory = new KernelMemory(library);
        KernelTeam team = new KernelTeam(library, threads, 1)) {
      KernelProgram program = new KernelProgram(arena, 1, Tiling.fixed(Tiling.WIDE));
      MemorySegment out = memory.allocate((long) rows * size * Float.BYTES);
      program.linear(new PackedMatrix(memory, kind, size, size, 0), Activations.allocate(memory, kind, size, 0, rows),
          KernelProgram.Target.of(KernelProgram.Output.STORE, out, size));
      KernelProgram.Part part = program.cut();
      StepNumbers numbers = new StepNumbers(arena, 1).rows(rows);
      double best = Double.MAX_VALUE;
      for (int i = 0; i < 200; i++) {
        long start = System.nanoTime();
        team.run(part, numbers);
        best = Math.min(best, (System.nanoTime() - start) / 1e9);
      }
      return 2.0 * rows * size * size / best / 1e12;
    }
  }
}
