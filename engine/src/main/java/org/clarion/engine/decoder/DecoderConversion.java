package org.clarion.engine.decoder;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.clarion.engine.kernel.KernelLibrary;
import org.clarion.engine.kernel.KernelMemory;
import org.clarion.engine.kernel.MatrixPacker;
import org.clarion.engine.kernel.PackedMatrix;
import org.clarion.engine.kernel.TensorList;
import org.clarion.models.checkpoint.ConvertedDecoder;
import org.clarion.models.checkpoint.ConvertedHeader;
import org.clarion.models.checkpoint.DecoderConfigs;
import org.clarion.models.checkpoint.DecoderWeights;
import org.clarion.models.checkpoint.SafetensorsWriter;
import org.clarion.models.checkpoint.TensorInfo;

/**
 * Writes a decoder as the kernels read it, a file for each rank, one matrix at a time: what it takes in memory is the
 * largest matrix, whatever the model's size. To be used by one thread; packing uses all cores.
 */
public final class DecoderConversion {
  private final KernelLibrary library;
  private final DecoderWeights weights;
  private final List<RankFile> files;

  private record RankFile(String name, TensorList tensors, SafetensorsWriter.Layout layout) {}

  /** What to convert to. */
  public record Target(Precision precision, int ranks, String source) {}

  /** A file that has been written, with its SHA-256, hexadecimal. */
  public record Written(String name, long bytes, String sha256) {}

  /** Told how far it has come. */
  @FunctionalInterface
  public interface Progress {
    /** Called after every matrix with the bytes written so far. */
    void written(long bytes);
  }

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
          + converted.header().precision() + " for " + converted.header().ranks()
          + " ranks; convert the one that it was made from");
    }
    this.library = library;
    this.weights = weights;
    this.files = IntStream.range(0, target.ranks()).mapToObj(rank -> plan(rank, target)).toList();
  }

  private RankFile plan(int rank, Target target) {
    TensorList tensors = new TensorList();
    KernelWeights.load(weights.config(), Shard.of(weights.config(), rank, target.ranks()),
        KernelDecoder.kind(target.precision()), tensors);
    ConvertedHeader header = new ConvertedHeader(target.precision().word(), target.ranks(), rank, PackedMatrix.LAYOUT,
        KernelWeights.blocks(weights.config()), target.source(), DecoderConfigs.json(weights.config()));
    List<TensorInfo> infos = new ArrayList<>();
    tensors.items().forEach(item -> infos.addAll(item.tensors()));
    return new RankFile(ConvertedDecoder.fileName(rank, target.ranks()), tensors,
        SafetensorsWriter.Layout.of(header.metadata(), infos));
  }

  /** Bytes of all files. */
  public long bytes() {
    return files.stream().mapToLong(file -> file.layout().bytes()).sum();
  }

  /**
   * Writes the files into a folder that has none of them.
   *
   * @throws IOException
   *           when that fails; what has been written stays, and no reader takes it
   */
  public List<Written> write(Path folder, Progress progress) throws IOException {
    List<Written> written = new ArrayList<>();
    long before = 0;
    for (RankFile file : files) {
      try (SafetensorsWriter writer = SafetensorsWriter.create(folder.resolve(file.name()), file.layout())) {
        for (TensorList.Item item : file.tensors().items()) {
          write(item, writer);
          progress.written(before + writer.written());
        }
        written.add(new Written(file.name(), file.layout().bytes(), writer.finish()));
      }
      before += file.layout().bytes();
    }
    return written;
  }

  private void write(TensorList.Item item, SafetensorsWriter writer) throws IOException {
    try (KernelMemory memory = new KernelMemory(library)) {
      Iterator<MemorySegment> parts = item.fill().apply(new MatrixPacker(library, memory, weights.checkpoint()))
          .iterator();
      for (TensorInfo tensor : item.tensors()) {
        writer.write(tensor.name(), parts.next());
      }
    }
    weights.checkpoint().forget();
  }
}
