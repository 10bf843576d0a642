package org.clarion.engine.collective;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * How processes find the memory they share: through a file that only lives while the group forms.
 *
 * <p>
 * Rank 0 makes a new file aside and renames it over the agreed path, so a file left by a crashed group is replaced and
 * never joined. Every other rank claims its place in whatever file lies there with a random token and waits for rank 0
 * to repeat the token. In a stale file nobody does (or the place is taken); the rank therefore keeps looking whether
 * the path names another file, and starts over with that. When all have joined, rank 0 removes the name; the memory
 * lives on in the mappings and vanishes with the last process, however it ends.
 */
final class GroupFile {
  private static final SecureRandom TOKENS = new SecureRandom();
  private static final long LOOK_NANOS = 5_000_000;
  private static final FileAttribute<?> OWNER_ONLY = PosixFilePermissions.asFileAttribute(
      PosixFilePermissions.fromString("rw-------"));

  private final Path file;
  private final int size;
  private final Duration bound;
  private final long start = System.nanoTime();

  GroupFile(Path file, int size, Duration bound) {
    this.file = file.toAbsolutePath();
    this.size = size;
    this.bound = bound;
  }

  GroupMemory join(int rank) {
    try {
      return rank == 0 ? lead() : follow(rank);
    } catch (IOException e) {
      throw new CollectiveException("rank " + rank + " cannot meet its group in " + file, e);
    }
  }

  private GroupMemory lead() throws IOException {
    Path fresh = file.resolveSibling(file.getFileName() + "." + Long.toHexString(token()));
    try {
      GroupMemory memory = map(fresh, true);
      memory.initialise();
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
      Object key = key();
      for (int rank = 1; rank < size; rank++) {
        while (!memory.welcome(rank)) {
          pause("rank " + rank + " has not come to " + file);
        }
      }
      // Another leader may have replaced the file meanwhile: it is not ours to remove then.
      if (Objects.equals(key, key())) {
        Files.deleteIfExists(file);
      }
      return memory;
    } finally {
      Files.deleteIfExists(fresh);
    }
  }

  private GroupMemory follow(int rank) throws IOException {
    while (true) {
      Object key = key();
      GroupMemory memory = key == null ? null : openIfValid();
      long token = token();
      // What was opened may be a newer file than the one that was looked at: a place in it is claimed under its own
      // key.
      boolean same = Objects.equals(key, key());
      boolean claimed = memory != null && same && memory.claim(rank, token);
      Object now = key;
      do {
        if (memory != null && claimed && memory.isWelcome(rank, token)) {
          return memory;
        }
        pause("rank 0 has not welcomed rank " + rank + " in " + file);
        // Asked once: rank 0 may remove the name between two questions, and that is no reason to leave.
        now = key();
      } while (same && key != null && memory != null && ((claimed && now == null) || Objects.equals(key, now)));
    }
  }

  private @Nullable GroupMemory openIfValid() throws IOException {
    try {
      if (Files.size(file) != GroupMemory.bytes(size)) {
        return null;
      }
      GroupMemory memory = map(file, false);
      return memory.isValid() ? memory : null;
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  private GroupMemory map(Path path, boolean create) throws IOException {
    Set<StandardOpenOption> options = create
        ? Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW)
        : Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE);
    FileAttribute<?>[] attributes = create ? new FileAttribute<?>[]{OWNER_ONLY} : new FileAttribute<?>[0];
    try (FileChannel channel = FileChannel.open(path, options, attributes)) {
      MemorySegment segment = channel.map(FileChannel.MapMode.READ_WRITE, 0, GroupMemory.bytes(size), Arena.ofAuto());
      return new GroupMemory(segment, size);
    }
  }

  /** What tells the file at the path from any other that was or will be there; null when there is none. */
  private @Nullable Object key() throws IOException {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      // An inode number may be used again soon, with the time of its birth it may not.
      return attributes.fileKey() + "/" + attributes.creationTime();
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  private void pause(String waitingFor) {
    if (System.nanoTime() - start > bound.toNanos()) {
      throw new CollectiveException(waitingFor + " within " + bound);
    }
    if (Thread.currentThread().isInterrupted()) {
      throw new CollectiveException("interrupted: " + waitingFor);
    }
    LockSupport.parkNanos(LOOK_NANOS);
  }

  private static long token() {
    long token = 0;
    while (token == 0) {
      token = TOKENS.nextLong();
    }
    return token;
  }
}
