package org.clarion.deploy.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.clarion.deploy.serve.RoleSettings.Served;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Settings files, those that the command writes and those that people copy. */
class YamlFileTest {
  private static final Served SERVED = new Served("tiny", "f32", 2, 2);

  @TempDir
  private Path folder;

  @Test
  void readsWhatItWrites() throws IOException {
    Map<String, Object> settings = RoleSettings.scheduler(SERVED, 0, List.of("127.0.0.1:1", "127.0.0.1:2"),
        Map.of("name",
            "c"));
    YamlFile.write(folder.resolve("f.yaml"), settings);

    assertThat(YamlFile.read(folder.resolve("f.yaml"))).isEqualTo(settings);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "- a\n- b\n", "a: [1", "just words"})
  void refusesWhatIsNoMapping(String text) throws IOException {
    Path file = Files.writeString(folder.resolve("bad.yaml"), text);

    assertThatThrownBy(() -> YamlFile.read(file)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(
        "bad.yaml");
  }

  @Test
  void theClustersOwnSettingsAreGood() {
    RunningRole.check(Role.VISION_WORKER, RoleSettings.vision(SERVED));
    RunningRole.check(Role.LLM_WORKER, RoleSettings.rank(SERVED, 1, "shared-memory", "/dev/shm/x"));
    RunningRole.check(Role.LLM_WORKER, RoleSettings.rank(SERVED, 0, "grpc", "127.0.0.1:7301"));
    RunningRole.check(Role.LLM_WORKER, RoleSettings.rank(SERVED, 1, "grpc", "127.0.0.1:7301"));
    RunningRole.check(Role.LLM_WORKER, RoleSettings.rank(new Served("tiny", "f32", 1, 2), 0, "threads", ""));
    RunningRole.check(Role.SCHEDULER, RoleSettings.scheduler(SERVED, 0, List.of("127.0.0.1:1"), Map.of()));
    RunningRole.check(Role.GATEWAY, RoleSettings.gateway(SERVED, 0, List.of("127.0.0.1:1"), List.of("127.0.0.1:2")));
  }

  @ParameterizedTest
  @MethodSource("examples")
  void theExamplesAreGood(Path example) throws IOException {
    Map<String, Object> settings = new LinkedHashMap<>(YamlFile.read(example));
    settings.remove("management");
    if (settings.get("cluster") instanceof Map<?, ?> cluster) {
      assertThat(cluster.containsKey("secret-file")).isTrue();
      Path secret = Files.writeString(folder.resolve("secret"), "0123456789abcdef".repeat(4));
      Map<Object, Object> copy = new LinkedHashMap<>(cluster);
      copy.put("secret-file", secret.toString());
      settings.put("cluster", copy);
    }
    String name = String.valueOf(example.getFileName()).replaceFirst("(-[0-9])?\\.yaml$", "");

    RunningRole.check(Role.named(name), settings);
  }

  static List<Path> examples() throws IOException {
    // Surefire runs in the module's folder.
    try (Stream<Path> files = Files.list(Path.of("examples"))) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    }
  }
}
