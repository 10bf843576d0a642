package org.clarion.llm.exec;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.clarion.engine.collective.Collective;
import org.clarion.engine.collective.Collectives;

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

  private record Member(int rank, int size, ThreadMeeting meeting) implements RankGroup {
    @Override
    public Collective form(String replica, long epoch) {
      return meeting.join(rank, epoch);
    }
  }
}
