package org.clarion.engine.learn;

import ai.djl.pytorch.engine.PtNDArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.decoder.TrainableDecoder;
import org.clarion.engine.vision.TowerPart;
import org.clarion.engine.vision.TrainableTower;
import org.clarion.models.architecture.DecoderConfig;
import org.clarion.models.architecture.EvaConfig;
import org.clarion.models.architecture.LlamaConfig;
import org.clarion.models.checkpoint.DecoderWeights;
import org.clarion.models.checkpoint.EvaWeights;
import org.clarion.models.checkpoint.VisionWeights;
import org.clarion.models.image.PixelTensor;
import org.clarion.models.manifest.ModelManifest;

/** A small tower and decoder of random weights, and pictures of noise with answers to learn. */
final class SmallPupil implements AutoCloseable {
  static final LlamaConfig LLAMA = new LlamaConfig(36, 2, 6, 2, 6, 48, 40, 1e-5, 1e4, true, 64);
  private static final EvaConfig EVA = new EvaConfig(14, 32, 2, 4, 64, new EvaConfig.QFormer(3, 24, 3, 4, 40));
  private static final int SIZE = 28;
  private static final int LENGTH = 12;
  private static final int FIRST_SPAN = 2;

  private final EvaWeights sight;
  private final DecoderWeights language;
  final TrainableTower tower;
  final TrainableDecoder decoder;

  SmallPupil(Precision precision, Set<TowerPart> parts, DecoderConfig config, boolean trained) {
    sight = (EvaWeights) VisionWeights.random(EVA, SIZE, config.hidden(), 3);
    language = DecoderWeights.random(config, 5);
    ModelManifest.Vision vision = new ModelManifest.Vision(List.of(), SIZE, List.of(0.5, 0.5, 0.5), List.of(0.2, 0.3,
        0.25), EVA, EVA.tokens(SIZE));
    tower = TrainableTower.load(sight, vision, precision, 1, parts);
    decoder = TrainableDecoder.load(language, precision, LENGTH, 1, trained);
  }

  List<Parameter> parameters() {
    List<Parameter> all = new ArrayList<>(tower.parameters());
    all.addAll(decoder.parameters());
    return all;
  }

  /** The loss of some pictures together; collected unless there is no optimiser, else only computed. */
  double loss(int[] pictures, AdamW collector, double share, boolean collect) {
    tower.refresh();
    decoder.refresh();
    List<PtNDArray> made = new ArrayList<>();
    try {
      PtNDArray seen = own(tower.see(IntStream.of(pictures).mapToObj(SmallPupil::picture).toList()), made);
      PtNDArray rows = own(tower.bridge(seen, pictures.length), made);
      PtNDArray spans = own(tower.project(rows), made);
      int[][] tokens = IntStream.of(pictures).mapToObj(SmallPupil::tokens).toArray(int[][]::new);
      int first = FIRST_SPAN + tower.tokens();
      long[] places = LongStream.range(0, pictures.length).flatMap(i -> LongStream.range(FIRST_SPAN, first)
          .map(j -> i * LENGTH + j)).toArray();
      long[] wanted = LongStream.range(0, pictures.length).flatMap(i -> LongStream.range(first, LENGTH - 1L)
          .map(j -> i * LENGTH + j)).toArray();
      long[] targets = LongStream.of(wanted)
          .map(place -> tokens[Math.toIntExact(place / LENGTH)][Math.toIntExact(place % LENGTH) + 1]).toArray();
      PtNDArray logits = own(decoder.logits(tokens, places, spans, wanted), made);
      PtNDArray loss = own(decoder.loss(logits, targets), made);
      return collect ? collector.collect(loss, share) : loss.toFloatArray()[0];
    } finally {
      made.forEach(PtNDArray::close);
    }
  }

  private static PtNDArray own(PtNDArray tensor, List<PtNDArray> made) {
    made.add(tensor);
    return tensor;
  }

  private static PixelTensor picture(int number) {
    byte[] bytes = new byte[3 * SIZE * SIZE];
    new Random(number).nextBytes(bytes);
    return new PixelTensor(SIZE, bytes);
  }

  private static int[] tokens(int number) {
    return new Random(100 + number).ints(LENGTH, 0, LLAMA.vocabulary()).toArray();
  }

  @Override
  public void close() {
    tower.close();
    decoder.close();
    sight.close();
    language.close();
  }
}
