package org.clarion.training.align;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.learn.LearningRate;

/**
 * One stage of a training.
 *
 * @param name
 *          names its files
 * @param train
 *          parts that move
 * @param prompts
 *          whole prompts with {@code <ImageHere>} at the picture's place, one drawn for each batch; empty where the
 *          model's own template is used
 * @param questions
 *          what a user asks in the model's own template, where the material brings no questions
 * @param end
 *          what ends an answer
 * @param maxAnswer
 *          tokens of an answer with its end; longer ones are cut
 * @param batch
 *          pictures that are computed side by side
 * @param accumulate
 *          batches of one step
 * @param decay
 *          weight decay of matrices
 * @param longestGradient
 *          gradients longer than this are shortened; infinite for no limit
 * @param checkpointEvery
 *          steps between checkpoints
 */
public record Stage(String name, Teaching teach, Material material, Set<Part> train, List<String> prompts,
    List<String> questions, String end, int maxAnswer, int batch, int accumulate, LearningRate rate, double decay,
    double longestGradient, Precision precision, int checkpointEvery) {
  public Stage {
    train = Set.copyOf(train);
    prompts = List.copyOf(prompts);
    questions = List.copyOf(questions);
  }

  /** Steps of the stage. */
  public long steps() {
    return rate.steps();
  }

  /** Pictures of one step. */
  public int picturesPerStep() {
    return batch * accumulate;
  }

  /** What moves, for people. */
  public String trained() {
    return train.stream().sorted().map(Part::word).collect(Collectors.joining(", "));
  }
}
