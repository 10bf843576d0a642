package org.clarion.engine.script;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A process that ends while threads compute must end in order. */
class LibtorchExitTest {
  /** Computes on two threads, one of them an engine thread, and exits in the middle of it. */
  static final class Victim {
    private Victim() {}

    public static void main(String[] args) throws Exception {
      EngineThread owner = EngineThread.start("owner", 4);
      var loaded = owner.submit(() -> ScriptModule.loadText(ScriptModuleTest.PROGRAM, 1));
      ScriptModule first = loaded.get();
      Thread.ofPlatform().daemon(true).start(() -> {
        ScriptModule second = ScriptModule.loadText(ScriptModuleTest.PROGRAM, 1);
        while (true) {
          second.callForFloats("scale", new long[100_000], 2.0, false, "");
        }
      });
      var last = owner.submit(() -> {
        for (int i = 0; i < 300; i++) {
          first.callForFloats("scale", new long[100_000], 2.0, false, "");
        }
        System.out.println("finished what was accepted");
        return 0;
      });
      Thread.sleep(300);
      if (!last.isDone()) {
        System.out.println("exits while it computes");
      }
      System.exit(3);
    }
  }

  @Test
  @Timeout(120)
  void acceptedWorkIsFinishedAndTheExitCodeKept() throws Exception {
    Process process = new ProcessBuilder(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "--enable-native-access=ALL-UNNAMED", "-Xmx256m", "-cp",
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")), Victim.class.getName()))
        .redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(output).contains("finished what was accepted").doesNotContain("SIGSEGV");
    assertThat(process.exitValue()).isEqualTo(3);
  }
}
