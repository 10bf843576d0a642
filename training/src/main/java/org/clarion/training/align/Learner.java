package org.clarion.training.align;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.clarion.engine.align.TrainableModel;
import org.clarion.engine.learn.AdamW;
import org.clarion.engine.vision.TowerPart;
import org.clarion.models.checkpoint.Checkpoint;
import org.clarion.models.checkpoint.CheckpointException;
import org.clarion.models.checkpoint.Checkpoints;
import org.clarion.models.checkpoint.DecoderWeights;
import org.clarion.models.checkpoint.EvaWeights;
import org.clarion.models.checkpoint.RandomCheckpoint;
import org.clarion.models.checkpoint.VisionWeights;
import org.clarion.models.manifest.ModelLoader;
import org.clarion.models.manifest.ModelManifest;
import org.clarion.models.manifest.ModelStore;

/**
 * A model's weights as they are before a stage: its own, and over them what earlier stages made. Closing closes the
 * files.
 */
record Learner(ModelManifest model, ModelManifest.Vision vision, EvaWeights sight,
    DecoderWeights language) implements AutoCloseable {

  /**
   * Opens the weights. A projection that the model lacks, or that is to be learned afresh, begins at random.
   *
   * @param before
   *          stages that are finished, in order
   * @param watcher
   *          told where a projection was missing
   * @throws AlignException
   *           when the model has no image tower, or one that cannot be trained
   */
  static Learner open(ModelManifest model, ModelStore store, RunFolder run, Recipe recipe, List<Stage> before,
      Consumer<String> watcher) {
    ModelManifest.Vision vision = model.vision();
    if (vision == null) {
      throw new AlignException("model " + model.id() + " has no image tower: there is nothing to align");
    }
    DecoderWeights language = before.stream().filter(stage -> stage.train().contains(Part.LLM)).map(run::decoder)
        .filter(Files::exists).reduce((_, later) -> later).map(DecoderWeights::open).orElseGet(() -> ModelLoader
            .language(model, store));
    try {
      int hidden = language.config().hidden();
      List<Checkpoint> layers = new ArrayList<>();
      try {
        layers.add(ModelLoader.vision(model, store, hidden).checkpoint());
      } catch (CheckpointException e) {
        if (!e.code().equals("projection_missing") || !trainsProjection(recipe)) {
          throw e;
        }
        watcher.accept("model " + model.id() + " has no projection: it begins at random");
        store.visionWeights(model).stream().map(Checkpoints::open).forEach(layers::add);
        layers.add(freshProjection(recipe, vision, hidden));
      }
      if (recipe.freshProjection()) {
        layers.add(freshProjection(recipe, vision, hidden));
      }
      before.stream().map(run::tower).filter(Files::exists).map(Checkpoints::open).forEach(layers::add);
      if (!(VisionWeights.of(layers, vision.shape()) instanceof EvaWeights eva)) {
        throw new AlignException("model " + model.id()
            + " has an image tower of another family; those of the EVA family can be trained");
      }
      return new Learner(model, vision, eva, language);
    } catch (RuntimeException e) {
      language.close();
      throw e;
    }
  }

  private static boolean trainsProjection(Recipe recipe) {
    return recipe.stages().stream().anyMatch(stage -> stage.train().contains(Part.PROJECTION));
  }

  /** As deviating as PyTorch's linear layers begin, which the originals' do, unless the recipe says otherwise. */
  private static Checkpoint freshProjection(Recipe recipe, ModelManifest.Vision vision, int hidden) {
    long width = vision.shape().featureWidth();
    double deviation = recipe.projectionDeviation() > 0 ? recipe.projectionDeviation() : 1 / Math.sqrt(3.0 * width);
    return new RandomCheckpoint(recipe.seed(), List.of(
        new RandomCheckpoint.Tensor("llama_proj.weight", List.of((long) hidden, width), new RandomCheckpoint.Normal(
            (float) deviation)),
        new RandomCheckpoint.Tensor("llama_proj.bias", List.of((long) hidden), new RandomCheckpoint.Constant(0))));
  }

  /** Makes it learn a stage. */
  TrainableModel load(Stage stage, int threads, int positions) {
    Set<TowerPart> parts = EnumSet.noneOf(TowerPart.class);
    for (Part part : stage.train()) {
      switch (part) {
        case ENCODER -> parts.add(TowerPart.ENCODER);
        case QFORMER -> parts.add(TowerPart.QFORMER);
        case PROJECTION -> parts.add(TowerPart.PROJECTION);
        case LLM -> {
        }
      }
    }
    AdamW.Settings usual = AdamW.Settings.ORIGINAL;
    try {
      return TrainableModel.load(sight, vision, language, new TrainableModel.Options(stage.precision(), threads, parts,
          stage.train().contains(Part.LLM), positions, stage.teach() == Teaching.LABELS ? LabelList.size() : 0,
          new AdamW.Settings(usual.beta1(), usual.beta2(), usual.eps(), stage.decay(), stage.longestGradient())));
    } catch (IllegalArgumentException e) {
      throw new AlignException("stage " + stage.name() + " cannot train model " + model.id() + ": " + e.getMessage(),
          e);
    }
  }

  /** Its own files and those that stages made, where a manifest has to name them. */
  static List<Path> towers(RunFolder run, List<Stage> stages) {
    return stages.stream().map(run::tower).filter(Files::exists).toList();
  }

  @Override
  public void close() {
    sight.close();
    language.close();
  }
}
