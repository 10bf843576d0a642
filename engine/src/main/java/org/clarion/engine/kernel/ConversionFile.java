package org.clarion.engine.kernel;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.clarion.models.checkpoint.Checkpoint;
import org.clarion.models.checkpoint.SafetensorsWriter;
import org.clarion.models.checkpoint.TensorInfo;

/**
 * A file of weights as the kernels read them, before it is written: what will be in it is known, and it is made one
 * matrix at a time, so that what it takes in memory is the largest matrix, whatever the model's size. To be used by one
 * thread; packing uses all cores.
 */
public final class ConversionFile {
  private final String name;
  private final TensorList tensors;
  private final SafetensorsWriter.Layout layout;

  /** A file that has been written, with its SHA-256, hexadecimal. */
  public record Written(String name, long bytes, String sha256) {}

  /** Told how far it has come. */
  @FunctionalInterface
  public interface Progress {
    /** Called after every matrix with the bytes written so far. */
    void written(long bytes);
  }

  private ConversionFile(String name, TensorList tensors, SafetensorsWriter.Layout layout) {
    this.name = name;
    this.tensors = tensors;
    this.layout = layout;
  }

  /**
   * Plans a file; nothing is read.
   *
   * @param metadata
   *          what its header says beside the tensors
   * @param weights
   *          asks for everything that will be in it
   * @throws KernelException
   *           when the kernels cannot multiply matrices of these sizes
   */
  public static ConversionFile plan(String name, Map<String, String> metadata, Consumer<KernelTensors> weights) {
    TensorList tensors = new TensorList();
    weights.accept(tensors);
    List<TensorInfo> infos = new ArrayList<>();
    tensors.items().forEach(item -> infos.addAll(item.tensors()));
    return new ConversionFile(name, tensors, SafetensorsWriter.Layout.of(metadata, infos));
  }

  /** Bytes that it will have. */
  public long bytes() {
    return layout.bytes();
  }

  /**
   * Writes it into a folder that does not have it.
   *
   * @param checkpoint
   *          where the values come from
   * @throws IOException
   *           when that fails; what has been written stays, and no reader takes it
   */
  public Written write(Path folder, KernelLibrary library, Checkpoint checkpoint, Progress progress)
      throws IOException {
    try (SafetensorsWriter writer = SafetensorsWriter.create(folder.resolve(name), layout)) {
      for (TensorList.Item item : tensors.items()) {
        write(item, library, checkpoint, writer);
        progress.written(writer.written());
      }
      return new Written(name, layout.bytes(), writer.finish());
    }
  }

  private static void write(TensorList.Item item, KernelLibrary library, Checkpoint checkpoint,
      SafetensorsWriter writer) throws IOException {
    try (KernelMemory memory = new KernelMemory(library)) {
      Iterator<MemorySegment> parts = item.fill().apply(new MatrixPacker(library, memory, checkpoint)).iterator();
      for (TensorInfo tensor : item.tensors()) {
        writer.write(tensor.name(), parts.next());
      }
    }
    checkpoint.forget();
  }
}
