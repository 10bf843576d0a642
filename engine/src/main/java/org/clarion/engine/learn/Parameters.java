package org.clarion.engine.learn;

import ai.djl.pytorch.engine.PtNDArray;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.Predicate;
import org.clarion.engine.script.ScriptModule;
import org.clarion.models.checkpoint.Checkpoint;

/**
 * Tensors of a checkpoint as a program takes them: those that training moves stay, and so do others that are asked for
 * again; {@link #release} frees the rest. To be used by the module's thread.
 */
public final class Parameters implements AutoCloseable {
  private final ScriptModule module;
  private final Checkpoint checkpoint;
  private final Predicate<String> trained;
  private final SequencedMap<String, Parameter> parameters = new LinkedHashMap<>();
  private final Map<String, PtNDArray> kept = new LinkedHashMap<>();
  private final List<PtNDArray> passing = new ArrayList<>();
  private boolean keepAll;

  /**
   * Nothing is read yet.
   *
   * @param trained
   *          names of the tensors that training moves
   */
  public Parameters(ScriptModule module, Checkpoint checkpoint, Predicate<String> trained) {
    this.module = module;
    this.checkpoint = checkpoint;
    this.trained = trained;
  }

  /** From now on, tensors that stay as they are are kept too: the program wants them again before every step. */
  public void keepAll() {
    keepAll = true;
  }

  /** A tensor; the same one every time where it is kept. */
  public PtNDArray of(String name, long... shape) {
    Parameter parameter = parameters.get(name);
    if (parameter != null) {
      return parameter.value();
    }
    PtNDArray known = kept.get(name);
    if (known != null) {
      return known;
    }
    float[] values = new float[Math.toIntExact(checkpoint.require(name).elements())];
    checkpoint.readFloats(name, FloatBuffer.wrap(values));
    PtNDArray tensor = module.tensor(values, shape);
    if (trained.test(name)) {
      parameters.put(name, new Parameter(name, checkpoint.require(name).shape(), tensor));
    } else if (keepAll) {
      kept.put(name, tensor);
    } else {
      passing.add(tensor);
    }
    return tensor;
  }

  /** Frees what was read and is not kept. */
  public void release() {
    passing.forEach(PtNDArray::close);
    passing.clear();
  }

  /** What training moves, of all that has been asked for, in that order. */
  public List<Parameter> trained() {
    return List.copyOf(parameters.values());
  }

  @Override
  public void close() {
    release();
    kept.values().forEach(PtNDArray::close);
    kept.clear();
    parameters.values().forEach(parameter -> parameter.value().close());
    parameters.clear();
  }
}
