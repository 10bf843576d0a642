package org.clarion.deploy.convert;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.clarion.engine.kernel.ConversionFile.Progress;
import org.clarion.engine.kernel.ConversionFile.Written;
import org.clarion.models.checkpoint.Checkpoint;
import org.clarion.models.checkpoint.ElementType;
import org.clarion.models.checkpoint.SafetensorsWriter;
import org.clarion.models.checkpoint.TensorInfo;
import org.clarion.models.checkpoint.VisionWeights;

/**
 * The tensors of an image tower, and only those, in one plain safetensors file under the graph's names. Their values
 * stay: float16 and bfloat16 as they are, everything else as float32. To be used by one thread.
 */
final class TowerCopy {
  private final String name;
  private final Checkpoint checkpoint;
  private final List<TensorInfo> tensors;
  private final SafetensorsWriter.Layout layout;

  TowerCopy(String name, VisionWeights weights, String source) {
    this.name = name;
    this.checkpoint = weights.checkpoint();
    this.tensors = checkpoint.tensors().values().stream().map(TowerCopy::stored).toList();
    this.layout = SafetensorsWriter.Layout.of(Map.of("source", source), tensors);
  }

  private static TensorInfo stored(TensorInfo info) {
    return switch (info.type()) {
      case FLOAT16, BFLOAT16 -> info;
      case FLOAT32, FLOAT64, INT64, INT32, INT16, INT8, UINT8, BOOL, GGUF_Q8_0, GGUF_Q4_0, GGUF_Q4_1, GGUF_Q5_0,
          GGUF_Q5_1, GGUF_Q4_K, GGUF_Q5_K, GGUF_Q6_K ->
        new TensorInfo(info.name(), ElementType.FLOAT32, info.shape());
    };
  }

  long bytes() {
    return layout.bytes();
  }

  /** Writes the file into a folder. */
  Written write(Path folder, Progress progress) throws IOException {
    try (SafetensorsWriter writer = SafetensorsWriter.create(folder.resolve(name), layout)) {
      for (TensorInfo tensor : tensors) {
        FloatBuffer floats = FloatBuffer.allocate(Math.toIntExact(tensor.elements()));
        checkpoint.readFloats(tensor.name(), floats);
        try (Arena arena = Arena.ofConfined()) {
          MemorySegment bytes = arena.allocate(tensor.type().bytes(tensor.elements()), Long.BYTES);
          fill(bytes, tensor.type(), floats.array());
          writer.write(tensor.name(), bytes);
        }
        checkpoint.forget();
        progress.written(writer.written());
      }
      return new Written(name, layout.bytes(), writer.finish());
    }
  }

  private static void fill(MemorySegment bytes, ElementType type, float[] values) {
    for (int i = 0; i < values.length; i++) {
      switch (type) {
        case FLOAT16 -> bytes.setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(values[i]));
        // Exact: the lower half of what was bfloat16 is zero.
        case BFLOAT16 -> bytes.setAtIndex(ValueLayout.JAVA_SHORT, i,
            (short) (Float.floatToRawIntBits(values[i]) >>> Short.SIZE));
        default -> bytes.setAtIndex(ValueLayout.JAVA_FLOAT, i, values[i]);
      }
    }
  }
}
