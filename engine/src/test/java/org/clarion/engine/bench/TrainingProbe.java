package org.clarion.engine.bench;

import ai.djl.pytorch.engine.PtNDArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.decoder.TrainableDecoder;
import org.clarion.engine.learn.AdamW;
import org.clarion.engine.learn.Parameter;
import org.clarion.engine.vision.TowerPart;
import org.clarion.engine.vision.TrainableTower;
import org.clarion.models.architecture.EvaConfig;
import org.clarion.models.architecture.LlamaConfig;
import org.clarion.models.checkpoint.DecoderWeights;
import org.clarion.models.checkpoint.EvaWeights;
import org.clarion.models.checkpoint.VisionWeights;
import org.clarion.models.image.PixelTensor;
import org.clarion.models.manifest.ModelManifest;

/**
 * Prints what a training step takes, by parts: {@code TrainingProbe SIZE,PATCH,WIDTH,BLOCKS,QUERIES,QWIDTH,QLAYERS
 * HIDDEN,LAYERS,HEADS,KV,FFN,VOCABULARY BATCH LENGTH ANSWER PRECISION PARTS|none LLM(true|false) STEPS}.
 */
public final class TrainingProbe {
  private TrainingProbe() {}

  public static void main(String[] args) {
    int[] v = numbers(args[0]);
    int[] l = numbers(args[1]);
    int batch = Integer.parseInt(args[2]);
    int length = Integer.parseInt(args[3]);
    int answer = Integer.parseInt(args[4]);
    Precision precision = Precision.valueOf(args[5]);
    Set<TowerPart> parts = EnumSet.noneOf(TowerPart.class);
    if (!args[6].equals("none")) {
      Arrays.stream(args[6].split(",")).map(TowerPart::valueOf).forEach(parts::add);
    }
    boolean llm = Boolean.parseBoolean(args[7]);
    EvaConfig eva = new EvaConfig(v[1], v[2], v[3], v[2] / 32, 4 * v[2], new EvaConfig.QFormer(v[4], v[5], v[6],
        v[5] / 32, 4 * v[5]));
    LlamaConfig llama = new LlamaConfig(l[0], l[1], l[2], l[3], l[0] / l[2], l[4], l[5], 1e-5, 1e4, true, 2048);
    ModelManifest.Vision vision = new ModelManifest.Vision(List.of(), v[0], List.of(0.5, 0.5, 0.5), List.of(0.2, 0.3,
        0.25), eva, v[4]);
    int threads = Runtime.getRuntime().availableProcessors();
    try (EvaWeights sight = (EvaWeights) VisionWeights.random(eva, v[0], l[0], 3);
        DecoderWeights language = DecoderWeights.random(llama, 5);
        TrainableTower tower = TrainableTower.load(sight, vision, precision, threads, parts);
        TrainableDecoder decoder = TrainableDecoder.load(language, precision, length, threads, llm)) {
      List<Parameter> all = new ArrayList<>(tower.parameters());
      all.addAll(decoder.parameters());
      try (AdamW optimiser = new AdamW(all, AdamW.Settings.ORIGINAL, threads)) {
        System.out.printf("%,d parameters%n", all.stream().mapToLong(p -> p.value().size()).sum());
        for (int i = 0; i < Integer.parseInt(args[8]); i++) {
          step(v[0], batch, length, answer, tower, decoder, optimiser);
        }
      }
    }
  }

  private static int[] numbers(String list) {
    return Arrays.stream(list.split(",")).mapToInt(Integer::parseInt).toArray();
  }

  private static void step(int size, int batch, int length, int answer, TrainableTower tower, TrainableDecoder decoder,
      AdamW optimiser) {
    long t0 = System.nanoTime();
    tower.refresh();
    decoder.refresh();
    long t1 = System.nanoTime();
    List<PtNDArray> made = new ArrayList<>();
    Random random = new Random(1);
    List<PixelTensor> pictures = new ArrayList<>();
    for (int i = 0; i < batch; i++) {
      byte[] bytes = new byte[3 * size * size];
      random.nextBytes(bytes);
      pictures.add(new PixelTensor(size, bytes));
    }
    PtNDArray seen = tower.see(pictures);
    made.add(seen);
    PtNDArray stacked = tower.bridge(seen, batch);
    made.add(stacked);
    PtNDArray spans = tower.project(stacked);
    made.add(spans);
    long t2 = System.nanoTime();
    int[][] tokens = IntStream.range(0, batch).mapToObj(i -> random.ints(length, 0, decoder.config().vocabulary())
        .toArray()).toArray(int[][]::new);
    long[] places = LongStream.range(0, batch).flatMap(i -> LongStream.range(1, 1L + tower.tokens())
        .map(j -> i * length + j)).toArray();
    long[] wanted = LongStream.range(0, batch).flatMap(i -> LongStream.range((long) length - answer - 1, length - 1L)
        .map(j -> i * length + j)).toArray();
    long[] targets = random.longs(wanted.length, 0, decoder.config().vocabulary()).toArray();
    PtNDArray logits = decoder.logits(tokens, places, spans, wanted);
    PtNDArray loss = decoder.loss(logits, targets);
    made.add(logits);
    made.add(loss);
    long t3 = System.nanoTime();
    double value = optimiser.collect(loss, 1);
    long t4 = System.nanoTime();
    optimiser.step(1e-4);
    long t5 = System.nanoTime();
    made.forEach(PtNDArray::close);
    System.out.printf("loss %.3f: weights %d ms, tower %d, decoder %d, backward %d, optimiser %d; together %d ms%n",
        value, ms(t0, t1), ms(t1, t2), ms(t2, t3), ms(t3, t4), ms(t4, t5), ms(t0, t5));
  }

  private static long ms(long from, long to) {
    return (to - from) / 1_000_000;
  }
}
