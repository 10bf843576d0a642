package org.clarion.engine.script;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The setting counts once per process, so the library is loaded in one of its own. */
class LibtorchPathTest {
  /** Runs in the child. */
  static final class Child {
    private Child() {}

    public static void main(String[] args) {
      System.out.println("loaded " + Libtorch.describe());
      try (ScriptModule module = ScriptModule.loadText(ScriptModuleTest.PROGRAM, 1)) {
        System.out.println("it computes: " + module.callForFloats("scale", new long[]{3}, 2.0, false, "")[0]);
      }
    }
  }

  @Test
  @Timeout(120)
  void aLibraryInAFolderOfTheHostsIsUsed() throws Exception {
    String described = Libtorch.describe();
    String folder = described.substring(described.indexOf(" in ") + 4);
    ProcessBuilder child = new ProcessBuilder(List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "--enable-native-access=ALL-UNNAMED", "-Xmx256m", "-cp",
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")), Child.class.getName()))
        .redirectErrorStream(true);
    child.environment().put("PYTORCH_LIBRARY_PATH", folder);
    Process process = child.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(output).contains("loaded libtorch 2.7.1").contains(" in " + folder).contains("it computes");
    assertThat(process.exitValue()).isZero();
  }
}
