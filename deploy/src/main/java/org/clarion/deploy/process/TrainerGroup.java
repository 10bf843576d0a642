package org.clarion.deploy.process;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.clarion.engine.collective.Collective;
import org.clarion.engine.collective.CollectiveException;
import org.clarion.engine.collective.Collectives;

/**
 * Trainers that share each batch: this process is rank 0, the others are children of it. When one of them fails, calls
 * of {@link #ranks} fail at once.
 */
public final class TrainerGroup implements AutoCloseable {
  /** Longer than any step: a rank that ended is noticed otherwise. */
  private static final Duration DEADLINE = Duration.ofMinutes(30);

  private final List<Child> children = new ArrayList<>();
  private final Collective ranks;

  private TrainerGroup(int size, Path folder, List<String> arguments) throws IOException {
    Path meeting = MeetingPlace.fresh(folder);
    try {
      for (int rank = 1; rank < size; rank++) {
        List<String> own = new ArrayList<>(arguments);
        own.addAll(List.of("--rank", Integer.toString(rank), "--group", meeting.toString()));
        children.add(Child.start("trainer " + rank, folder.resolve("rank-" + rank + ".log"), own));
      }
      this.ranks = Collectives.sharedMemory(meeting, 0, size, DEADLINE);
    } catch (CollectiveException e) {
      children.forEach(Child::kill);
      throw new IOException("the other trainers did not come; their logs are in " + folder, e);
    } catch (IOException | RuntimeException e) {
      children.forEach(Child::kill);
      throw e;
    }
    children.forEach(child -> child.onEnd(status -> {
      if (status != 0) {
        ranks.close();
      }
    }));
  }

  /**
   * Starts the others and waits until all have met.
   *
   * @param folder
   *          for their logs
   * @param arguments
   *          of the {@code clarion} command, without those that say which rank it is
   * @throws IOException
   *           when they do not start or do not come
   */
  public static TrainerGroup start(int size, Path folder, List<String> arguments) throws IOException {
    return new TrainerGroup(size, folder, arguments);
  }

  /** One of the others: joins the group that rank 0 has made. */
  public static Collective join(int rank, int size, Path meeting) {
    return Collectives.sharedMemory(meeting, rank, size, DEADLINE);
  }

  /** This process's end. */
  public Collective ranks() {
    return ranks;
  }

  /** Leaves the group; the others end. */
  @Override
  public void close() {
    ranks.close();
    children.forEach(Child::close);
  }
}
