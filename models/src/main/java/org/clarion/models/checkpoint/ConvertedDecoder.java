package org.clarion.models.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.clarion.models.architecture.DecoderConfig;

/**
 * A decoder whose matrices lie in files as the engine's kernels read them, a file for each rank. A host needs the files
 * of its own ranks only.
 *
 * @param header
 *          of the first file that is here
 * @param checkpoint
 *          that file: tensors under names of their own
 */
public record ConvertedDecoder(Path folder, ConvertedHeader header, DecoderConfig config,
    Checkpoint checkpoint) implements DecoderWeights {
  private static final Pattern NAME = Pattern.compile("rank-(\\d{1,4})-of-(\\d{1,4})\\.safetensors");

  /** Name of a rank's file. */
  public static String fileName(int rank, int ranks) {
    return "rank-" + rank + "-of-" + ranks + ".safetensors";
  }

  /**
   * What the decoder in a folder was converted for; empty for anything but a folder of a converted decoder.
   *
   * @throws CheckpointException
   *           when its file cannot be read
   */
  public static Optional<ConvertedHeader> headerOf(Path folder) {
    if (!isOne(folder)) {
      return Optional.empty();
    }
    try (ConvertedDecoder decoder = open(folder)) {
      return Optional.of(decoder.header());
    }
  }

  /** Whether a folder holds a converted decoder, or a part of one. */
  static boolean isOne(Path folder) {
    return Files.isDirectory(folder) && !files(folder).isEmpty();
  }

  static ConvertedDecoder open(Path folder) {
    List<Path> files = files(folder);
    SafetensorsFile first = SafetensorsFile.open(files.getFirst());
    try {
      ConvertedHeader header = header(files.getFirst(), first);
      return new ConvertedDecoder(folder, header, DecoderConfigs.parse(header.config()), first);
    } catch (RuntimeException e) {
      first.close();
      throw e;
    }
  }

  /** Opens the files of all ranks and compares their headers; gives what each holds. */
  static List<TensorInfo> survey(ConvertedDecoder decoder) {
    List<TensorInfo> tensors = new ArrayList<>();
    for (int rank = 0; rank < decoder.header().ranks(); rank++) {
      try (SafetensorsFile file = decoder.rank(rank, decoder.header().ranks())) {
        tensors.addAll(file.tensors().values());
      }
    }
    return tensors;
  }

  /**
   * Maps the file of a rank.
   *
   * @param ranks
   *          how many share the model
   * @return the caller's to close
   * @throws CheckpointException
   *           {@code converted_ranks} when it was converted for another number, {@code checkpoint_unreadable} when the
   *           file is not here, {@code checkpoint_mismatch} when it belongs to another conversion, besides the reader's
   *           codes
   */
  public SafetensorsFile rank(int rank, int ranks) {
    if (ranks != header.ranks()) {
      throw new CheckpointException("converted_ranks", "the model in " + folder + " was converted for "
          + count(header.ranks()) + ", this replica has " + ranks + ": run it on " + header.ranks()
          + ", or convert it with --ranks " + ranks);
    }
    Path path = folder.resolve(fileName(rank, ranks));
    SafetensorsFile file = SafetensorsFile.open(path);
    try {
      ConvertedHeader own = header(path, file);
      if (own.rank() != rank || !own.sameModel(header)) {
        throw new CheckpointException("checkpoint_mismatch", path.getFileName() + " is of rank " + own.rank() + " of "
            + own.ranks() + ", " + made(own) + "; expected is rank " + rank + " of " + ranks + ", " + made(header));
      }
      return file;
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static String made(ConvertedHeader header) {
    return header.packing().precision() + ", made from " + header.packing().source();
  }

  private static String count(int ranks) {
    return ranks == 1 ? "1 rank" : ranks + " ranks";
  }

  private static ConvertedHeader header(Path path, SafetensorsFile file) {
    return ConvertedHeader.of(String.valueOf(path.getFileName()), file.metadata());
  }

  /** By rank. */
  private static List<Path> files(Path folder) {
    TreeMap<Integer, Path> byRank = new TreeMap<>();
    TreeMap<Integer, Path> byRanks = new TreeMap<>();
    try (Stream<Path> list = Files.list(folder)) {
      list.forEach(path -> {
        Matcher name = NAME.matcher(String.valueOf(path.getFileName()));
        if (name.matches()) {
          byRank.put(Integer.parseInt(name.group(1)), path);
          byRanks.put(Integer.parseInt(name.group(2)), path);
        }
      });
    } catch (IOException e) {
      throw new CheckpointException("checkpoint_unreadable",
          "folder " + folder.getFileName() + " cannot be read: " + e.getClass().getSimpleName(), e);
    }
    if (byRanks.size() > 1) {
      throw new CheckpointException("checkpoint_mismatch", "folder " + folder.getFileName()
          + " holds files of several conversions: for " + byRanks.keySet() + " ranks");
    }
    return List.copyOf(byRank.values());
  }
}
