package org.clarion.deploy.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import org.clarion.deploy.demo.ChatClient;
import org.clarion.deploy.demo.ChatClient.Answer;
import org.clarion.deploy.demo.ChatClient.Question;
import org.clarion.deploy.serve.RoleSettings.Served;
import org.clarion.deploy.serve.StateFolder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A talk about a picture that goes on after everything was stopped and started again. */
@Timeout(180)
class StateFolderTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static EmbeddedCluster start(Map<String, Object> state) throws Exception {
    return EmbeddedCluster.start(new Served("tiny", "f32", 1, 1), state, 0, (what, took) -> {
    });
  }

  private static Answer ask(EmbeddedCluster cluster, byte @Nullable [] picture, String text,
      @Nullable String session) throws Exception {
    try (ChatClient client = new ChatClient(cluster.address())) {
      return client.ask(new Question("tiny", picture, text, session, 16), PATIENCE, piece -> {
      });
    }
  }

  @Test
  void aTalkGoesOnAfterARestart(@TempDir Path folder) throws Exception {
    byte[] picture;
    try (InputStream in = StateFolderTest.class.getResourceAsStream("/org/clarion/deploy/demo/sample.jpg")) {
      picture = in.readAllBytes();
    }
    Map<String, Object> state = StateFolder.settings(folder.resolve("state"));
    Answer first;
    try (EmbeddedCluster before = start(state)) {
      first = ask(before, picture, "What is on this picture?", null);
    }
    Answer undisturbed;
    try (EmbeddedCluster other = start(Map.of())) {
      Answer same = ask(other, picture, "What is on this picture?", null);
      assertThat(same.text()).isEqualTo(first.text());
      undisturbed = ask(other, null, "And is it new?", same.session());
    }
    assertThat(StateFolder.settings(folder.resolve("state"))).as("settings of the second start").isEqualTo(state);
    try (EmbeddedCluster after = start(state)) {
      Answer second = ask(after, null, "And is it new?", first.session());
      assertThat(second.text()).isEqualTo(undisturbed.text());
      assertThat(second.promptTokens()).isEqualTo(undisturbed.promptTokens());
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("state/secret"))))
        .isEqualTo("rw-------");
    try (var files = Files.list(folder.resolve("state"))) {
      for (Path file : files.toList()) {
        assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
            .as("%s", file.getFileName()).doesNotContain("What is on this picture?");
      }
    }
  }
}
