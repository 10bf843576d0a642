package org.clarion.llm.exec;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.clarion.engine.collective.Collective;
import org.clarion.engine.collective.Collectives;
import org.clarion.engine.collective.nccl.CudaRuntime;
import org.clarion.engine.collective.nccl.DeviceBackedCollective;
import org.clarion.engine.collective.nccl.DeviceGroup;
import org.clarion.engine.collective.nccl.NcclLibrary;

/** The ways to be a rank of a group. */
public final class RankGroups {
  private RankGroups() {}

  /** A replica of one rank. */
  public static RankGroup single() {
    return new RankGroup() {
      @Override
      public int rank() {
        return 0;
      }

      @Override
      public int size() {
        return 1;
      }

      @Override
      public Collective form(String replica, long epoch) {
        return Collectives.single();
      }
    };
  }

  /**
   * Ranks of one process.
   *
   * @param deadline
   *          how long a rank waits for the others, when forming and in each call
   * @return one group end per rank, in rank order
   */
  public static List<RankGroup> threads(int size, Duration deadline) {
    ThreadMeeting meeting = new ThreadMeeting(size, deadline);
    return IntStream.range(0, size).<RankGroup>mapToObj(rank -> new Member(rank, size, meeting)).toList();
  }

  /**
   * A rank whose peers are other processes of this host.
   *
   * @param prefix
   *          path that the names of the meeting files start with, the same for all ranks; best in {@code /dev/shm}
   * @param deadline
   *          how long a rank waits for the others, when forming and in each call
   */
  public static RankGroup sharedMemory(Path prefix, int rank, int size, Duration deadline) {
    return new RankGroup() {
      @Override
      public int rank() {
        return rank;
      }

      @Override
      public int size() {
        return size;
      }

      @Override
      public Collective form(String replica, long epoch) {
        Path file = prefix.resolveSibling(prefix.getFileName() + "." + Long.toUnsignedString(epoch));
        return Collectives.sharedMemory(file, rank, size, deadline, deadline);
      }
    };
  }

  /**
   * The ranks that one process holds, each for a device of its own, of a replica of one or more such processes. They
   * are numbered process by process.
   *
   * @param ranks
   *          of this process; as many in every other
   * @param outside
   *          how the processes meet; its rank is this process's number
   * @param deadline
   *          how long a rank waits for the others of its process, when forming and in each call; not less than
   *          outside's
   * @return one group end per rank of this process, in rank order
   */
  public static List<RankGroup> inProcess(int ranks, RankGroup outside, Duration deadline) {
    ThreadMeeting meeting = new ThreadMeeting(ranks, deadline);
    return IntStream.range(0, ranks).<RankGroup>mapToObj(inside -> new Local(inside, ranks, meeting, outside)).toList();
  }

  /**
   * A rank whose device exchanges with those of the others through NCCL, joined anew with each opening.
   *
   * @param host
   *          how the ranks meet, and what carries what the host decides
   * @param libraries
   *          loaded when the first group forms; a host without them fails there, with a message that says so
   * @param device
   *          number of this rank's CUDA device
   * @param deadline
   *          how long a step waits for its device
   */
  public static RankGroup onDevice(RankGroup host, Supplier<DeviceLibraries> libraries, int device, Duration deadline) {
    return new OnDevice(host, libraries, device, deadline);
  }

  /** What is bound to reach devices. */
  public record DeviceLibraries(NcclLibrary nccl, CudaRuntime cuda) {
    /** Those that the system's loader finds. */
    public static DeviceLibraries standard() {
      return new DeviceLibraries(NcclLibrary.load(NcclLibrary.STANDARD_NAME), CudaRuntime.load(
          CudaRuntime.STANDARD_NAME));
    }
  }

  private record OnDevice(RankGroup host, Supplier<DeviceLibraries> libraries, int device, Duration deadline)
      implements
        RankGroup {
    @Override
    public int rank() {
      return host.rank();
    }

    @Override
    public int size() {
      return host.size();
    }

    @Override
    public Collective form(String replica, long epoch) {
      Collective met = host.form(replica, epoch);
      try {
        DeviceLibraries bound = libraries.get();
        return new DeviceBackedCollective(met, DeviceGroup.join(bound.nccl(), bound.cuda(), met, device, deadline));
      } catch (RuntimeException e) {
        met.close();
        throw e;
      }
    }
  }

  private record Local(int inside, int ranks, ThreadMeeting meeting, RankGroup outside) implements RankGroup {
    @Override
    public int rank() {
      return outside.rank() * ranks + inside;
    }

    @Override
    public int size() {
      return outside.size() * ranks;
    }

    @Override
    public Collective form(String replica, long epoch) {
      Collective threads = meeting.join(inside, epoch);
      try {
        Collective processes = inside == 0 ? outside.form(replica, epoch) : null;
        return Collectives.twoLevels(threads, processes, outside.rank(), outside.size());
      } catch (RuntimeException e) {
        // The others of this process are in their group already: they must not wait for this rank.
        threads.close();
        throw e;
      }
    }
  }

  private record Member(int rank, int size, ThreadMeeting meeting) implements RankGroup {
    @Override
    public Collective form(String replica, long epoch) {
      return meeting.join(rank, epoch);
    }
  }
}
