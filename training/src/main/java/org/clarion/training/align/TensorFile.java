package org.clarion.training.align;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.clarion.models.checkpoint.Checkpoint;
import org.clarion.models.checkpoint.ElementType;
import org.clarion.models.checkpoint.SafetensorsWriter;
import org.clarion.models.checkpoint.TensorInfo;

/** Safetensors files that are there whole or not at all: they get their name when all is on the disk. */
final class TensorFile {
  private TensorFile() {}

  /**
   * Writes a file, replacing one of that name.
   *
   * @param shapes
   *          names and shapes, in order
   * @param half
   *          whether elements are float16 instead of float32
   * @param values
   *          a tensor's elements, row-major
   */
  static void write(Path file, Map<String, String> metadata, Map<String, List<Long>> shapes, boolean half,
      Function<String, float[]> values) throws IOException {
    Path partial = file.resolveSibling(file.getFileName() + ".partial");
    Files.deleteIfExists(partial);
    List<TensorInfo> tensors = shapes.entrySet().stream().map(one -> new TensorInfo(one.getKey(), half
        ? ElementType.FLOAT16
        : ElementType.FLOAT32, one.getValue())).toList();
    try (SafetensorsWriter writer = SafetensorsWriter.create(partial, SafetensorsWriter.Layout.of(metadata, tensors))) {
      for (String name : shapes.keySet()) {
        float[] floats = values.apply(name);
        writer.write(name, MemorySegment.ofArray(bytes(floats, half)));
      }
      writer.finish();
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(partial);
      throw e;
    }
    replace(partial, file);
  }

  /** Gives a finished file its name; after that it is found whatever happens. */
  static void replace(Path partial, Path file) throws IOException {
    Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
        directory.force(true);
      }
    }
  }

  /** A tensor's elements. */
  static float[] read(Checkpoint checkpoint, String name) {
    float[] values = new float[Math.toIntExact(checkpoint.require(name).elements())];
    checkpoint.readFloats(name, FloatBuffer.wrap(values));
    return values;
  }

  private static byte[] bytes(float[] values, boolean half) {
    ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(values.length, half ? Short.BYTES : Float.BYTES)).order(
        ByteOrder.LITTLE_ENDIAN);
    if (half) {
      for (float value : values) {
        bytes.putShort(Float.floatToFloat16(value));
      }
    } else {
      bytes.asFloatBuffer().put(values);
    }
    return bytes.array();
  }
}
