package org.clarion.engine.decoder;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.clarion.engine.kernel.ConversionFile;
import org.clarion.engine.kernel.ConversionFile.Progress;
import org.clarion.engine.kernel.ConversionFile.Written;
import org.clarion.engine.kernel.KernelLibrary;
import org.clarion.engine.kernel.PackedMatrix;
import org.clarion.models.checkpoint.ConvertedDecoder;
import org.clarion.models.checkpoint.ConvertedHeader;
import org.clarion.models.checkpoint.DecoderConfigs;
import org.clarion.models.checkpoint.DecoderWeights;
import org.clarion.models.checkpoint.Packing;

/**
 * Writes a decoder as the kernels read it, a file for each rank. To be used by one thread; packing uses all cores.
 */
public final class DecoderConversion {
  private final KernelLibrary library;
  private final DecoderWeights weights;
  private final List<ConversionFile> files;

  /** What to convert to. */
  public record Target(Precision precision, int ranks, String source) {}

  /**
   * Plans a conversion; nothing is read but headers.
   *
   * @param weights
   *          stay the caller's to close, after the conversion
   * @throws IllegalArgumentException
   *           when the weights are converted already, the kernels have no such kind, or the model cannot be cut over so
   *           many ranks
   * @throws org.clarion.engine.kernel.KernelException
   *           when the kernels cannot multiply matrices of these sizes
   */
  public DecoderConversion(KernelLibrary library, DecoderWeights weights, Target target) {
    if (weights instanceof ConvertedDecoder converted) {
      throw new IllegalArgumentException("the model in " + converted.folder() + " is converted already, to "
          + converted.header().packing().precision() + " for " + converted.header().ranks()
          + " ranks; convert the one that it was made from");
    }
    this.library = library;
    this.weights = weights;
    this.files = IntStream.range(0, target.ranks()).mapToObj(rank -> plan(rank, target)).toList();
  }

  private ConversionFile plan(int rank, Target target) {
    ConvertedHeader header = new ConvertedHeader(new Packing(target.precision().word(), PackedMatrix.LAYOUT,
        KernelWeights.blocks(weights.config()), target.source()), target.ranks(), rank,
        DecoderConfigs.json(weights.config()));
    Shard shard = Shard.of(weights.config(), rank, target.ranks());
    return ConversionFile.plan(ConvertedDecoder.fileName(rank, target.ranks()), header.metadata(),
        tensors -> KernelWeights.load(weights.config(), shard, KernelDecoder.kind(target.precision()), tensors));
  }

  /** Bytes of all files. */
  public long bytes() {
    return files.stream().mapToLong(ConversionFile::bytes).sum();
  }

  /**
   * Writes the files into a folder that has none of them.
   *
   * @param progress
   *          told of the bytes of all files
   * @throws IOException
   *           when that fails; what has been written stays, and no reader takes it
   */
  public List<Written> write(Path folder, Progress progress) throws IOException {
    List<Written> written = new ArrayList<>();
    for (ConversionFile file : files) {
      long before = written.stream().mapToLong(Written::bytes).sum();
      written.add(file.write(folder, library, weights.checkpoint(), bytes -> progress.written(before + bytes)));
    }
    return written;
  }
}
