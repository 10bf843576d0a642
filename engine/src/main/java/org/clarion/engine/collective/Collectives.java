package org.clarion.engine.collective;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Ways to form a group of ranks. */
public final class Collectives {
  /** How long processes of a group wait for each other to start, at least. */
  private static final Duration JOIN = Duration.ofSeconds(60);

  private Collectives() {}

  /** The group of one rank. */
  public static Collective single() {
    return new SingleRank();
  }

  /**
   * A group of threads of this process.
   *
   * @param size
   *          number of ranks
   * @param deadline
   *          how long a call waits for its peers
   * @return one end per rank, in rank order
   */
  public static List<Collective> threads(int size, Duration deadline) {
    checkRank(0, size);
    MemorySegment segment = Arena.ofAuto().allocate(GroupMemory.bytes(size), 128);
    GroupMemory memory = new GroupMemory(segment, size);
    memory.initialise();
    return IntStream.range(0, size).<Collective>mapToObj(rank -> new MemoryCollective(memory, rank, deadline)).toList();
  }

  /**
   * One end of a group of processes on this host. Blocks until all have joined, at most a minute or {@code deadline},
   * whichever is longer.
   *
   * @param file
   *          where the group meets, the same for all ranks, on a local file system (best one in memory, such as
   *          {@code /dev/shm}); rank 0 makes it, replacing what a crashed group left, and removes it once all have
   *          joined
   * @throws CollectiveException
   *           when the others do not come in time, or the file cannot be made or read
   */
  public static Collective sharedMemory(Path file, int rank, int size, Duration deadline) {
    Duration join = deadline.compareTo(JOIN) > 0 ? deadline : JOIN;
    return sharedMemory(file, rank, size, join, deadline);
  }

  /** {@link #sharedMemory(Path, int, int, Duration)} with its own bound for the forming of the group. */
  public static Collective sharedMemory(Path file, int rank, int size, Duration join, Duration deadline) {
    checkRank(rank, size);
    GroupMemory memory = new GroupFile(file, size, join).join(rank);
    return new MemoryCollective(memory, rank, deadline);
  }

  /**
   * One end of a group whose ranks exchange messages. Rank 0 is the star's middle: it takes every rank's values, and
   * sends each the result.
   *
   * @param links
   *          at rank 0 one link to each other rank, in rank order from 1 on; elsewhere the link to rank 0
   * @param deadline
   *          how long a call waits for a message
   */
  public static Collective messages(int rank, int size, List<? extends PeerLink> links, Duration deadline) {
    checkRank(rank, size);
    int needed = rank == 0 ? size - 1 : 1;
    if (links.size() != needed) {
      throw new IllegalArgumentException("rank " + rank + " of " + size + " needs " + needed + " links, not " + links
          .size());
    }
    return new MessageCollective(rank, size, List.copyOf(links), deadline);
  }

  /**
   * A rank of a group on two levels: several ranks in each process, and one of them that speaks for it.
   *
   * @param inside
   *          the ranks of this process
   * @param outside
   *          the processes; given to this process's rank 0 and to no other
   * @param process
   *          number of this process
   * @param processes
   *          how many there are; all with as many ranks
   */
  public static Collective twoLevels(Collective inside, @Nullable Collective outside, int process, int processes) {
    checkRank(process, processes);
    return new HierarchicalCollective((HostCollective) inside, (HostCollective) outside, process, processes);
  }

  private static void checkRank(int rank, int size) {
    if (size < 1 || rank < 0 || rank >= size) {
      throw new IllegalArgumentException("no rank " + rank + " in a group of " + size);
    }
  }
}
