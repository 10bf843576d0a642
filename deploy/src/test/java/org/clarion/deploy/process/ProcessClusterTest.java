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
    List<Child> children;
    try (ProcessCluster cluster = ProcessCluster.start(new Served("tiny", "f32", 2, 2), new Counts(1, 1, 1), 0, logs,
        (what, took) -> {
        }); ChatClient client = new ChatClient(cluster.addresses().getFirst())) {
      children = cluster.children();
      Answer answer = client.ask(new Question("tiny", null, "How are you?", null, 8), Duration.ofSeconds(60), text -> {
      });
      assertThat(answer.newTokens()).isPositive();
      assertThat(children).hasSize(5).allMatch(Child::alive);
    }
    assertThat(children).noneMatch(Child::alive);
    try (Stream<Path> files = Files.list(logs)) {
      assertThat(files).hasSize(5);
    }
  }
}
