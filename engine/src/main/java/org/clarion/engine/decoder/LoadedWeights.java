package org.clarion.engine.decoder;

import java.util.Optional;
import org.clarion.engine.collective.Collective;
import org.clarion.engine.kernel.FileTensors;
import org.clarion.engine.kernel.KernelLibrary;
import org.clarion.engine.kernel.KernelMemory;
import org.clarion.engine.kernel.MatrixPacker;
import org.clarion.engine.kernel.PackedMatrix;
import org.clarion.models.checkpoint.CheckpointException;
import org.clarion.models.checkpoint.ConvertedDecoder;
import org.clarion.models.checkpoint.ConvertedHeader;
import org.clarion.models.checkpoint.DecoderWeights;
import org.clarion.models.checkpoint.FalconWeights;
import org.clarion.models.checkpoint.LlamaWeights;
import org.clarion.models.checkpoint.SafetensorsFile;

/**
 * One rank's weights with the memory that they lie in: packed at this moment, or where a converted file has them.
 *
 * @param memory
 *          whoever computes with the weights may put more into it
 * @param file
 *          mapped, where the weights lie in one
 */
record LoadedWeights(KernelWeights weights, KernelMemory memory,
    Optional<SafetensorsFile> file) implements AutoCloseable {

  /**
   * Packs or maps a rank's weights.
   *
   * @throws CheckpointException
   *           {@code converted_precision}, {@code converted_layout} or {@code converted_ranks} when they were converted
   *           for something else, {@code checkpoint_mismatch} or {@code tensor_missing} when a file is not what it says
   */
  static LoadedWeights load(KernelLibrary library, DecoderWeights weights, Precision precision,
      Collective collective) {
    return switch (weights) {
      case LlamaWeights _,FalconWeights _ -> pack(library, weights, precision, collective);
      case ConvertedDecoder converted -> {
        check(converted, precision);
        SafetensorsFile file = converted.rank(collective.rank(), collective.size());
        try {
          file.load();
          yield new LoadedWeights(KernelWeights.load(weights.config(), shard(weights, collective),
              KernelDecoder.kind(precision), new FileTensors(file)), new KernelMemory(library), Optional.of(file));
        } catch (RuntimeException e) {
          file.close();
          throw e;
        }
      }
    };
  }

  private static LoadedWeights pack(KernelLibrary library, DecoderWeights weights, Precision precision,
      Collective collective) {
    KernelMemory memory = new KernelMemory(library);
    try {
      return new LoadedWeights(KernelWeights.load(weights.config(), shard(weights, collective),
          KernelDecoder.kind(precision), new MatrixPacker(library, memory, weights.checkpoint())), memory,
          Optional.empty());
    } catch (RuntimeException e) {
      memory.close();
      throw e;
    }
  }

  private static Shard shard(DecoderWeights weights, Collective collective) {
    return Shard.of(weights.config(), collective.rank(), collective.size());
  }

  private static void check(ConvertedDecoder decoder, Precision precision) {
    ConvertedHeader header = decoder.header();
    require("matrices laid out as", header.layout(), PackedMatrix.LAYOUT);
    require("inputs spread in blocks of", header.blocks(), KernelWeights.blocks(decoder.config()));
    if (!header.precision().equals(precision.word())) {
      throw new CheckpointException("converted_precision", "the model was converted to " + header.precision()
          + ", asked for is " + precision.word() + ": leave the precision to it (auto), or convert it with --precision "
          + precision.word());
    }
  }

  private static void require(String what, String found, String expected) {
    if (!found.equals(expected)) {
      throw new CheckpointException("converted_layout", "the model was converted with " + what + " " + found
          + ", this build computes with " + expected + ": convert it again");
    }
  }

  @Override
  public void close() {
    memory.close();
    file.ifPresent(SafetensorsFile::close);
  }
}
