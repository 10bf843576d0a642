package org.clarion.engine.kernel;

import java.util.Optional;
import java.util.function.Function;
import org.clarion.models.checkpoint.Checkpoint;
import org.clarion.models.checkpoint.CheckpointException;
import org.clarion.models.checkpoint.Packing;
import org.clarion.models.checkpoint.SafetensorsFile;

/**
 * A graph's weights with the memory that they lie in: packed at this moment, or where a converted file has them.
 *
 * @param memory
 *          whoever computes with the weights may put more into it
 * @param file
 *          mapped, where the weights lie in one
 */
public record LoadedWeights<W>(W weights, KernelMemory memory,
    Optional<SafetensorsFile> file) implements AutoCloseable {

  /**
   * Packs a checkpoint, which is not needed afterwards.
   *
   * @param load
   *          asks for everything
   */
  public static <W> LoadedWeights<W> pack(KernelLibrary library, Checkpoint checkpoint,
      Function<KernelTensors, W> load) {
    KernelMemory memory = new KernelMemory(library);
    try {
      return new LoadedWeights<>(load.apply(new MatrixPacker(library, memory, checkpoint)), memory, Optional.empty());
    } catch (RuntimeException e) {
      memory.close();
      throw e;
    }
  }

  /**
   * Computes with a file where it lies, after all of it has been read once.
   *
   * @param file
   *          taken over, and closed when this fails
   * @param load
   *          asks for everything
   * @throws CheckpointException
   *           {@code tensor_missing} or {@code checkpoint_mismatch} when the file is not what was asked for
   */
  public static <W> LoadedWeights<W> map(KernelLibrary library, SafetensorsFile file,
      Function<KernelTensors, W> load) {
    try {
      file.load();
      return new LoadedWeights<>(load.apply(new FileTensors(file)), new KernelMemory(library), Optional.of(file));
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /**
   * Refuses a file that was packed otherwise than this build computes, or was asked to.
   *
   * @param part
   *          what was converted, for messages
   * @param blocks
   *          widths of the blocks that inputs are spread in
   * @param precision
   *          the word of settings
   * @throws CheckpointException
   *           {@code converted_layout} or {@code converted_precision}, with both values
   */
  public static void check(String part, Packing packing, String blocks, String precision) {
    require(part, "matrices laid out as", packing.layout(), PackedMatrix.LAYOUT);
    if (!packing.precision().equals(precision)) {
      throw new CheckpointException("converted_precision", part + " was converted to " + packing.precision()
          + ", asked for is " + precision + ": leave the precision to it (auto), or convert it to " + precision);
    }
    // Behind the precision: how inputs are spread may depend on it.
    require(part, "inputs spread in blocks of", packing.blocks(), blocks);
  }

  private static void require(String part, String what, String found, String expected) {
    if (!found.equals(expected)) {
      throw new CheckpointException("converted_layout", part + " was converted with " + what + " " + found
          + ", this build computes with " + expected + ": convert it again");
    }
  }

  @Override
  public void close() {
    memory.close();
    file.ifPresent(SafetensorsFile::close);
  }
}
