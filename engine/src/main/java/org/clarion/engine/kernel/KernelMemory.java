package org.clarion.engine.kernel;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Zeroed memory in large pages, handed out piece by piece and given back as a whole. To be filled by one thread at a
 * time; pieces may be used by any.
 */
public final class KernelMemory implements AutoCloseable {
  /** Small pieces share slabs of this size; a larger piece has its own. */
  private static final long SLAB = 32L << 20;
  private static final long ALIGNMENT = 64;

  private final KernelLibrary library;
  private final List<MemorySegment> slabs = new ArrayList<>();
  private MemorySegment current = MemorySegment.NULL;
  private long used;
  private long bytes;

  /** Nothing yet. */
  public KernelMemory(KernelLibrary library) {
    this.library = library;
  }

  /**
   * A piece that starts at a cache line.
   *
   * @throws KernelException
   *           when the host has no memory
   */
  public MemorySegment allocate(long size) {
    long rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (rounded > SLAB / 2) {
      return slab(rounded).asSlice(0, size);
    }
    if (used + rounded > current.byteSize()) {
      current = slab(SLAB);
      used = 0;
    }
    MemorySegment piece = current.asSlice(used, size);
    used += rounded;
    return piece;
  }

  private MemorySegment slab(long size) {
    MemorySegment slab = library.newMemory(size);
    slabs.add(slab);
    bytes += size;
    return slab;
  }

  /** Bytes taken from the host. */
  public long bytes() {
    return bytes;
  }

  /** Gives everything back: pieces must not be used afterwards. Idempotent. */
  @Override
  public void close() {
    slabs.forEach(library::freeMemory);
    slabs.clear();
    current = MemorySegment.NULL;
    used = 0;
    bytes = 0;
  }
}
