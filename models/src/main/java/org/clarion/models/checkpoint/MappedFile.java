package org.clarion.models.checkpoint;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A whole file mapped read-only, of any size. The file must not shrink while it is mapped.
 *
 * @param label
 *          file name for messages
 */
record MappedFile(String label, MemorySegment bytes, Arena arena) implements AutoCloseable {

  /** Maps a file; {@code checkpoint_unreadable} when that fails, {@code checkpoint_truncated} when it is empty. */
  static MappedFile open(Path path) {
    String label = String.valueOf(path.getFileName());
    Arena arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      long size = channel.size();
      if (size == 0) {
        throw new CheckpointException("checkpoint_truncated", label + " is empty");
      }
      return new MappedFile(label, channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena), arena);
    } catch (IOException e) {
      arena.close();
      throw new CheckpointException("checkpoint_unreadable", label + " cannot be read: " + e.getClass().getSimpleName(),
          e);
    } catch (CheckpointException e) {
      arena.close();
      throw e;
    }
  }

  long size() {
    return bytes.byteSize();
  }

  ByteCursor cursor(long from, long to) {
    return new ByteCursor(label, bytes.asSlice(from, to - from), from);
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
