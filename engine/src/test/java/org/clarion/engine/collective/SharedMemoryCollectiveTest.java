package org.clarion.engine.collective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedMemoryCollectiveTest extends CollectiveContract {
  private static final int CHILD_SECONDS = 50;

  @TempDir
  Path folder = Path.of(".");

  @Override
  protected List<Collective> group(int size, Duration deadline) throws Exception {
    return join(folder.resolve("group"), size, deadline);
  }

  private static List<Collective> join(Path file, int size, Duration deadline) throws Exception {
    List<Collective> group = new ArrayList<>();
    try (ExecutorService pool = Executors.newCachedThreadPool()) {
      List<Future<Collective>> ends = new ArrayList<>();
      // The leader last: followers must wait for it.
      for (int rank = size - 1; rank >= 0; rank--) {
        int r = rank;
        ends.add(pool.submit(() -> Collectives.sharedMemory(file, r, size, DEADLINE, deadline)));
      }
      for (Future<Collective> end : ends.reversed()) {
        group.add(end.get());
      }
    }
    return group;
  }

  @Override
  protected int[] sizes() {
    return new int[]{1, 2, 3};
  }

  @Test
  void theFileIsGoneOnceAllHaveJoined() throws Exception {
    group(2, DEADLINE).forEach(Collective::close);
    try (var files = Files.list(folder)) {
      assertThat(files).isEmpty();
    }
  }

  @Test
  void aFileLeftByACrashedGroupIsReplaced() throws Exception {
    Path file = folder.resolve("group");
    // A leader that died while it waited leaves a valid file with nobody behind it; here one rank had come already.
    leaveStale(file, 2);
    List<Collective> group = join(file, 2, DEADLINE);
    try (ExecutorService pool = Executors.newCachedThreadPool()) {
      Future<Integer> other = pool.submit(() -> group.get(1).minimum(4));
      assertThat(group.get(0).minimum(9)).isEqualTo(4);
      assertThat(other.get()).isEqualTo(4);
    }
  }

  @Test
  void aFileOfAnotherSizeOrOfGarbageIsNotJoined() throws Exception {
    Path file = folder.resolve("group");
    leaveStale(file, 3);
    assertThatThrownBy(() -> Collectives.sharedMemory(file, 1, 2, Duration.ofMillis(200), DEADLINE))
        .isInstanceOf(CollectiveException.class).hasMessageContaining("rank 0 has not welcomed rank 1");
    Files.write(file, new byte[(int) GroupMemory.bytes(2)]);
    assertThatThrownBy(() -> Collectives.sharedMemory(file, 1, 2, Duration.ofMillis(200), DEADLINE))
        .isInstanceOf(CollectiveException.class);
  }

  @Test
  void aGroupThatStaysIncompleteGivesUp() {
    Path file = folder.resolve("group");
    assertThatThrownBy(() -> Collectives.sharedMemory(file, 0, 2, Duration.ofMillis(200), DEADLINE))
        .isInstanceOf(CollectiveException.class).hasMessageContaining("rank 1 has not come")
        .hasMessageContaining("PT0.2S");
    Path nowhere = folder.resolve("none/group");
    assertThatThrownBy(() -> Collectives.sharedMemory(nowhere, 0, 2, DEADLINE))
        .isInstanceOf(CollectiveException.class).hasMessageContaining("none");
  }

  private static void leaveStale(Path file, int size) throws IOException {
    try {
      Collectives.sharedMemory(file, 0, size, Duration.ofMillis(50), DEADLINE).close();
    } catch (CollectiveException expected) {
      assertThat(file).exists();
    }
    try {
      Collectives.sharedMemory(file, 1, size, Duration.ofMillis(50), DEADLINE).close();
    } catch (CollectiveException expected) {
      assertThat(Files.size(file)).isEqualTo(GroupMemory.bytes(size));
    }
  }

  @Test
  void twoProcessesAgree() throws Exception {
    Path file = folder.resolve("processes");
    Process leader = SharedMemoryPeer.start(file, 0, 2, "sum");
    Process follower = SharedMemoryPeer.start(file, 1, 2, "sum");
    String first = outputOf(leader);
    assertThat(first).isEqualTo(outputOf(follower)).startsWith("sums ");
  }

  @Test
  void aProcessThatIsKilledIsNoticed() throws Exception {
    Path file = folder.resolve("killed");
    Process survivor = SharedMemoryPeer.start(file, 0, 2, "sum-then-wait");
    Process victim = SharedMemoryPeer.start(file, 1, 2, "die");
    assertThat(outputOf(survivor)).contains("CollectiveException", "rank 1 did not take part");
    assertThat(victim.waitFor(CHILD_SECONDS, TimeUnit.SECONDS)).isTrue();
  }

  private static String outputOf(Process process) throws Exception {
    assertThat(process.waitFor(CHILD_SECONDS, TimeUnit.SECONDS)).isTrue();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
  }
}
