package org.clarion.deploy.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.clarion.deploy.demo.ChatClient;
import org.clarion.deploy.demo.ChatClient.Answer;
import org.clarion.deploy.demo.ChatClient.Question;
import org.clarion.deploy.process.ProcessCluster.Counts;
import org.clarion.deploy.serve.RoleSettings.Served;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The smallest cluster of processes: two ranks over shared memory and one of everything else. */
class ProcessClusterTest {
  @TempDir
  private Path logs;

  @Test
  void answersAndLeavesNothingBehind() throws Exception {
    ask(new Served("tiny", "f32", 2, 2), 5);
  }

  /** The same text from one rank on one device, and from a process that has a rank on each of two. */
  @Test
  void aProcessMayHoldSeveralRanks() throws Exception {
    String alone = ask(new Served("tiny", "int8", 1, 2), 4);
    assertThat(ask(new Served("tiny", "tiny", "int8", "auto", 2, List.of("cpu", "cpu"), 2), 4)).isEqualTo(alone);
  }

  private String ask(Served served, int processes) throws Exception {
    List<Child> children;
    StringBuilder said = new StringBuilder();
    try (ProcessCluster cluster = ProcessCluster.start(served, new Counts(1, 1, 1, 1), 0, logs,
        (what, took) -> {
        }); ChatClient client = new ChatClient(cluster.addresses().getFirst())) {
      children = cluster.children();
      Answer answer = client.ask(new Question("tiny", null, "How are you?", null, 8), Duration.ofSeconds(60),
          said::append);
      assertThat(answer.newTokens()).isPositive();
      assertThat(children).hasSize(processes).allMatch(Child::alive);
    }
    assertThat(children).noneMatch(Child::alive);
    try (Stream<Path> files = Files.list(logs)) {
      assertThat(files).hasSize(processes);
    }
    return said.toString();
  }
}
