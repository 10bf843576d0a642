package org.clarion.engine.vision;

import ai.djl.pytorch.engine.PtNDArray;
import java.util.List;
import java.util.SplittableRandom;
import org.clarion.engine.learn.Parameter;
import org.clarion.engine.script.ScriptModule;

/**
 * A linear layer from what a picture's rows say together to labels, each true or not. It helps a tower to learn to see
 * before it learns to speak, and is no part of a model.
 */
public final class LabelHead implements AutoCloseable {
  private static final double DEVIATION = 0.02;
  private static final long SEED = 1;

  private final ScriptModule module;
  private final int labels;
  private final Parameter weight;
  private final Parameter bias;

  LabelHead(ScriptModule module, int labels, int inputs) {
    this.module = module;
    this.labels = labels;
    SplittableRandom random = new SplittableRandom(SEED);
    float[] values = new float[Math.multiplyExact(labels, inputs)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (DEVIATION * random.nextGaussian());
    }
    this.weight = new Parameter("label_head.weight", List.of((long) labels, (long) inputs), module.tensor(values,
        labels, inputs));
    this.bias = new Parameter("label_head.bias", List.of((long) labels), module.tensor(new float[labels], labels));
  }

  /** What training moves. */
  public List<Parameter> parameters() {
    return List.of(weight, bias);
  }

  /**
   * Mean cross-entropy over all labels.
   *
   * @param rows
   *          of all pictures, one below the other
   * @param targets
   *          [pictures, labels], 0 or 1
   * @return one number, recorded; the caller closes it
   */
  public PtNDArray loss(PtNDArray rows, float[] targets) {
    try (PtNDArray wanted = module.tensor(targets, targets.length / labels, labels)) {
      return module.record("record_labels", rows, weight.value(), bias.value(), wanted);
    }
  }

  @Override
  public void close() {
    weight.value().close();
    bias.value().close();
  }
}
