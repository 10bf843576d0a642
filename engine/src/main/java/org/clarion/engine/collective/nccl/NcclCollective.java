package org.clarion.engine.collective.nccl;

import java.lang.foreign.MemorySegment;
import org.clarion.engine.collective.CollectiveException;

/** A communicator of the library. Untested on a GPU. */
final class NcclCollective implements DeviceCollective {
  private static final int SUM = 0;
  private static final int MAX = 2;

  private final NcclLibrary library;
  private final MemorySegment communicator;
  private final int rank;
  private final int size;
  private boolean ended;

  NcclCollective(NcclLibrary library, MemorySegment communicator, int rank, int size) {
    this.library = library;
    this.communicator = communicator;
    this.rank = rank;
    this.size = size;
  }

  @Override
  public int rank() {
    return rank;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public void allReduce(DeviceValues values, long stream) {
    library.allReduce(values, SUM, open(), stream);
  }

  @Override
  public void allReduceMax(DeviceValues values, long stream) {
    library.allReduce(values, MAX, open(), stream);
  }

  @Override
  public void broadcast(DeviceValues values, long stream) {
    library.broadcast(values, 0, open(), stream);
  }

  @Override
  public void check() {
    library.checkAsync(open());
  }

  @Override
  public void abort() {
    if (end()) {
      library.abort(communicator);
    }
  }

  @Override
  public void close() {
    if (end()) {
      library.destroy(communicator);
    }
  }

  /** The library frees a communicator once, by one way or the other. */
  private synchronized boolean end() {
    boolean first = !ended;
    ended = true;
    return first;
  }

  private synchronized MemorySegment open() {
    if (ended) {
      throw new CollectiveException("rank " + rank + " of " + size + " has left the group");
    }
    return communicator;
  }
}
