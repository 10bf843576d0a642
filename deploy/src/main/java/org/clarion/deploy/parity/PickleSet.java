package org.clarion.deploy.parity;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;
import org.clarion.engine.parity.Comparison;
import org.clarion.models.checkpoint.Checkpoint;
import org.clarion.models.checkpoint.CheckpointException;
import org.clarion.models.checkpoint.Checkpoints;

/** Torch files: every tensor's values exactly, and hostile files refused. */
final class PickleSet extends CaseSet {
  PickleSet() {
    super("pickles", "pickles/views.pth", "pickles/views.legacy.pth", "pickles/views.safetensors",
        "pickles/refuse.json");
  }

  @Override
  protected void compare(Path fixtures, Comparison comparison) throws IOException {
    Path folder = fixtures.resolve("pickles");
    try (Checkpoint expected = Checkpoints.open(folder.resolve("views.safetensors"))) {
      views(folder.resolve("views.pth"), expected, comparison);
      views(folder.resolve("views.legacy.pth"), expected, comparison);
    }
    JsonNode refuse = json(folder.resolve("refuse.json"));
    for (Map.Entry<String, JsonNode> file : refuse.properties()) {
      holds(comparison, file.getKey() + " is refused (" + file.getValue().asText() + ")", refused(folder.resolve(file
          .getKey())));
    }
  }

  private static void views(Path file, Checkpoint expected, Comparison comparison) {
    try (Checkpoint actual = Checkpoints.open(file)) {
      for (String name : expected.tensors().keySet()) {
        boolean there = actual.tensors().containsKey(name);
        holds(comparison, file.getFileName() + " has " + name, there);
        if (there) {
          comparison.near(file.getFileName() + " " + name, floats(actual, name), floats(expected, name), 0);
        }
      }
    }
  }

  private static boolean refused(Path file) {
    try (Checkpoint _ = Checkpoints.open(file)) {
      return false;
    } catch (CheckpointException e) {
      return true;
    }
  }

  private static float[] floats(Checkpoint checkpoint, String tensor) {
    float[] values = new float[Math.toIntExact(checkpoint.require(tensor).elements())];
    checkpoint.readFloats(tensor, FloatBuffer.wrap(values));
    return values;
  }
}
