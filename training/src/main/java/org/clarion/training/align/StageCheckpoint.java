package org.clarion.training.align;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.clarion.engine.align.ParameterState;
import org.clarion.models.checkpoint.SafetensorsFile;
import org.clarion.models.checkpoint.TensorInfo;

/**
 * Where a stage stands: which step comes next, every parameter, what the optimiser keeps. What is drawn depends on the
 * step alone, so this is all that it takes to go on as if nothing had happened.
 */
final class StageCheckpoint {
  private static final String FIRST = "first.";
  private static final String SECOND = "second.";
  private static final String VALUE = "value.";

  private StageCheckpoint() {}

  /**
   * What was saved.
   *
   * @param step
   *          steps done
   */
  record State(String stage, long step, List<ParameterState> parameters) {
    State {
      parameters = List.copyOf(parameters);
    }
  }

  /** Saves, replacing what was saved before when all is on the disk. */
  static void save(Path file, State state) throws IOException {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    Map<String, float[]> values = new HashMap<>();
    for (ParameterState parameter : state.parameters()) {
      put(VALUE, parameter, parameter.values(), shapes, values);
      put(FIRST, parameter, parameter.first(), shapes, values);
      put(SECOND, parameter, parameter.second(), shapes, values);
    }
    TensorFile.write(file, Map.of("stage", state.stage(), "step", Long.toString(state.step())), shapes, false,
        name -> values.getOrDefault(name, new float[0]));
  }

  private static void put(String kind, ParameterState parameter, float[] floats, Map<String, List<Long>> shapes,
      Map<String, float[]> values) {
    shapes.put(kind + parameter.name(), parameter.shape());
    values.put(kind + parameter.name(), floats);
  }

  /** What was saved; empty when nothing was. */
  static Optional<State> load(Path file) {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try (SafetensorsFile saved = SafetensorsFile.open(file)) {
      List<ParameterState> parameters = new ArrayList<>();
      for (TensorInfo tensor : saved.tensors().values()) {
        if (tensor.name().startsWith(VALUE)) {
          String name = tensor.name().substring(VALUE.length());
          parameters.add(new ParameterState(name, tensor.shape(), TensorFile.read(saved, tensor.name()), TensorFile
              .read(saved, FIRST + name), TensorFile.read(saved, SECOND + name)));
        }
      }
      return Optional.of(new State(saved.metadata().getOrDefault("stage", ""), Long.parseLong(saved.metadata()
          .getOrDefault("step", "0")), parameters));
    }
  }
}
