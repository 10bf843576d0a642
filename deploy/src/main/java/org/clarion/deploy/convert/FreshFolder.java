package org.clarion.deploy.convert;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;
import org.clarion.deploy.files.FileTree;
import org.clarion.models.manifest.ModelCatalogue;
import org.jspecify.annotations.Nullable;

/**
 * A folder that appears whole under its name or not at all: it is filled beside it as {@code NAME.partial} and renamed
 * at the end. What a killed process left there is removed by the next one. One thread.
 */
final class FreshFolder implements AutoCloseable {
  private static final String LOCK = ".lock";

  private final Path target;
  private final Path partial;
  private final FileChannel channel;
  private boolean published;

  private FreshFolder(Path target, Path partial, FileChannel channel) {
    this.target = target;
    this.partial = partial;
    this.channel = channel;
  }

  /**
   * Starts an empty folder.
   *
   * @param replace
   *          whether a converted model that is there gives way; nothing else ever does
   * @throws ConversionException
   *           when something else is there, or another process fills the same folder
   */
  static FreshFolder at(Path target, boolean replace) throws IOException {
    checkFree(target, replace);
    Path partial = target.resolveSibling(target.getFileName() + ".partial");
    Path parent = target.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    Files.createDirectories(partial);
    FileChannel channel = FileChannel.open(partial.resolve(LOCK), StandardOpenOption.CREATE,
        StandardOpenOption.WRITE);
    try {
      if (lock(channel) == null) {
        throw new ConversionException("another process is writing " + partial + "; wait for it, or stop it");
      }
      clear(partial);
      return new FreshFolder(target, partial, channel);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static @Nullable FileLock lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException _) {
      return null;
    }
  }

  private static void checkFree(Path target, boolean replace) throws IOException {
    if (!Files.exists(target)) {
      return;
    }
    boolean model = Files.isRegularFile(target.resolve(ModelCatalogue.IN_FOLDER))
        && Files.isDirectory(target.resolve(ModelConversion.DECODER));
    if (!model && !(Files.isDirectory(target) && empty(target))) {
      throw new ConversionException(target + " is there and is no converted model: name another folder");
    }
    if (model && !replace) {
      throw new ConversionException(target + " holds a converted model: --force replaces it");
    }
  }

  private static boolean empty(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.findAny().isEmpty();
    }
  }

  /** Where to put files. */
  Path path() {
    return partial;
  }

  /** Gives the folder its name. */
  void publish() throws IOException {
    Files.delete(partial.resolve(LOCK));
    try (FileChannel folder = FileChannel.open(partial, StandardOpenOption.READ)) {
      folder.force(true);
    }
    if (Files.exists(target)) {
      Path old = target.resolveSibling(target.getFileName() + ".replaced");
      FileTree.delete(old);
      Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
      Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
      published = true;
      FileTree.delete(old);
    } else {
      Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
      published = true;
    }
  }

  /** Removes what has not been published. */
  @Override
  public void close() throws IOException {
    try {
      // Whatever has that name after a rename is another process's.
      if (!published) {
        FileTree.delete(partial);
      }
    } finally {
      channel.close();
    }
  }

  /** Removes everything but the lock. */
  private static void clear(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(file -> !file.endsWith(LOCK)).toList()) {
        FileTree.delete(file);
      }
    }
  }
}
