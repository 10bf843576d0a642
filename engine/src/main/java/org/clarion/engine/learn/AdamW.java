package org.clarion.engine.learn;

import ai.djl.pytorch.engine.PtNDArray;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.clarion.engine.collective.Collective;
import org.clarion.engine.script.ScriptModule;

/**
 * Moves parameters against their gradients. Several losses may be collected before a step. To be made, used and closed
 * by the thread of the programs whose parameters it moves.
 */
public final class AdamW implements AutoCloseable {
  private final ScriptModule module;
  private final Settings settings;
  private final List<Slot> slots = new ArrayList<>();
  private long steps;

  /**
   * Constants of the method.
   *
   * @param decay
   *          weight decay of matrices; others have none
   * @param longestGradient
   *          gradients together longer than this are shortened to it; infinite for no such limit
   */
  public record Settings(double beta1, double beta2, double eps, double decay, double longestGradient) {
    /** Those of MiniGPT-4 and the models made of it. */
    public static final Settings ORIGINAL = new Settings(0.9, 0.999, 1e-8, 0.05, Double.POSITIVE_INFINITY);
  }

  /** A parameter with what the method keeps for it. */
  private record Slot(Parameter parameter, PtNDArray gradient, PtNDArray first, PtNDArray second) {
    List<PtNDArray> own() {
      return List.of(gradient, first, second);
    }
  }

  /**
   * What a step went by.
   *
   * @param gradientLength
   *          Euclidean length of all gradients together, before it was limited
   */
  public record Step(double gradientLength) {
    /** Whether nothing was moved because the gradients hold something that is no number. */
    public boolean refused() {
      return !Double.isFinite(gradientLength);
    }
  }

  /** An optimiser that has made no step. */
  public AdamW(List<Parameter> parameters, Settings settings, int threads) {
    this.settings = settings;
    this.module = ScriptModule.load(AdamW.class, threads, "adamw.py");
    for (Parameter parameter : parameters) {
      long[] shape = parameter.value().getShape().getShape();
      float[] zeros = new float[Math.toIntExact(parameter.value().size())];
      Slot slot = new Slot(parameter, module.tensor(zeros, shape), module.tensor(zeros, shape),
          module.tensor(zeros, shape));
      slots.add(slot);
      module.run("add", parameter.value(), slot.gradient, slot.first, slot.second,
          parameter.decays() ? settings.decay() : 0.0);
    }
  }

  /**
   * Adds a loss's gradients to those collected since the last step.
   *
   * @param loss
   *          one number, from recorded calls; stays the caller's
   * @param share
   *          factor of the loss, such as one over the number of losses that a step is made of
   * @return the loss, without the factor
   */
  public double collect(PtNDArray loss, double share) {
    try (PtNDArray factor = module.tensor(new float[]{(float) share}, 1);
        PtNDArray value = module.record("record_collect", loss, factor)) {
      return value.toFloatArray()[0];
    }
  }

  /**
   * Adds up the gradients that several trainers of the same parameters have collected: afterwards all have the same
   * ones, bit for bit, and a step moves all of them alike. Where each trainer's share is one over their number, this is
   * the mean. Every rank calls this as often as the others.
   *
   * @throws org.clarion.engine.collective.CollectiveException
   *           when another rank fails
   */
  public void exchange(Collective ranks) {
    if (ranks.size() == 1) {
      return;
    }
    for (Slot slot : slots) {
      // A direct view of the tensor: sums are written where the gradient lies.
      ranks.allReduce(slot.gradient.toByteBuffer(true).order(ByteOrder.nativeOrder()).asFloatBuffer());
    }
  }

  /**
   * Moves the parameters and forgets the gradients. Where these hold something that is no number, nothing is moved.
   *
   * @param rate
   *          learning rate
   */
  public Step step(double rate) {
    double length = module.callForFloats("length")[0];
    if (!Double.isFinite(length)) {
      module.run("clear");
      return new Step(length);
    }
    steps++;
    double scale = Math.min(1, settings.longestGradient() / Math.max(length, 1e-12));
    module.run("step", rate, steps, settings.beta1(), settings.beta2(), settings.eps(), scale);
    return new Step(length);
  }

  /** Steps made. */
  public long steps() {
    return steps;
  }

  /** What it moves. */
  public List<Parameter> parameters() {
    return slots.stream().map(Slot::parameter).toList();
  }

  /** Running means of a parameter's gradients and of their squares, row-major. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Moments(float[] first, float[] second) {}

  /** What the method keeps for a parameter. */
  public Moments moments(int parameter) {
    Slot slot = slots.get(parameter);
    return new Moments(slot.first.toFloatArray(), slot.second.toFloatArray());
  }

  /** Takes up where a checkpoint left off: the values of every parameter, in order, and what the method kept for it. */
  public void restore(long stepsMade, List<float[]> values, List<Moments> moments) {
    for (int i = 0; i < slots.size(); i++) {
      long[] shape = slots.get(i).parameter.value().getShape().getShape();
      try (PtNDArray value = module.tensor(values.get(i), shape);
          PtNDArray first = module.tensor(moments.get(i).first(), shape);
          PtNDArray second = module.tensor(moments.get(i).second(), shape)) {
        module.run("restore", i, value, first, second);
      }
    }
    steps = stepsMade;
  }

  /** A parameter's collected gradient, row-major. */
  public float[] gradient(int parameter) {
    return slots.get(parameter).gradient.toFloatArray();
  }

  @Override
  public void close() {
    slots.forEach(slot -> slot.own().forEach(PtNDArray::close));
    module.close();
  }
}
