package org.clarion.scheduler.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Faults put into the protocol on purpose, one at a time: a few simulated schedules have to notice. The file with the
 * fault is compiled and loaded before the sound one, with everything that uses it.
 */
class ProtocolMutationTest {
  private static final Path SOURCES = Path.of("src/main/java/org/clarion/scheduler");

  /** A fault in a file. */
  record Fault(String name, String file, String sound, String faulty) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Fault> faults() {
    return List.of(
        new Fault("emitted before it is committed", "rpc/Committer.java", "    var _ = log.append(epoch, entries)",
            "    settle(parts, Map.of());\n    var _ = log.append(epoch, entries)"),
        new Fault("an append without an answer counts as done", "rpc/Committer.java",
            "case null -> Map.of();", "case null -> Map.of();\n      case ClusterUnavailableException _ -> Map.of();"),
        new Fault("an append claims", "rpc/Committer.java", "append(epoch, entries, parts, 1);",
            "append(epoch + (1L << 40), entries, parts, 1);"),
        new Fault("a log takes an old epoch", "cluster/LogRule.java", "if (entryEpoch < epoch) {",
            "if (entryEpoch < 0) {"),
        new Fault("a claim does not raise the epoch", "cluster/LogRule.java",
            "return new State(newEpoch, length, ending);", "return new State(epoch, length, ending);"),
        new Fault("a repeated append is stored again", "cluster/LogRule.java",
            "if (firstIndex == length && !finished())",
            "if (firstIndex <= length && !finished())"),
        new Fault("a new owner gets the old epoch", "cluster/LeaseRule.java", "Math.max(epoch + STRIDE, leastEpoch)",
            "Math.max(epoch, 1)"),
        new Fault("two replicas have the same epochs", "cluster/LeaseRule.java", "floor - replica.hashCode()",
            "floor"),
        new Fault("a lease is never overdue", "cluster/LeaseWatch.java", "nanos - since >= duration",
            "nanos - since < 0"),
        new Fault("a higher epoch is not asked for", "cluster/LeaseHold.java", "replica.value(), above, wallMillis",
            "replica.value(), 0, wallMillis"),
        new Fault("the reader's position is trusted", "rpc/Resumption.java", "if (from > committed.end()) {",
            "if (from < 0) {"),
        new Fault("what this owner knows is taken for the log", "rpc/Resumption.java", "return from > logged\n",
            "return from > 0\n"),
        new Fault("a reader gets the last token twice", "rpc/GenerationStream.java", "next += tokens.getIdsCount();",
            "next += Math.max(1, tokens.getIdsCount() - 1);"),
        new Fault("a reader begins at the newest token", "rpc/GenerationStream.java", "      next = from;",
            "      next = Math.max(from, answer.committed());"),
        new Fault("what was committed before is not told", "rpc/Tape.java",
            "int end = Math.min(committed, limit);\n    if (from >= end) {",
            "int end = Math.min(committed, limit);\n    if (from >= end || (finished != null && from + 1 == end)) {"));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void aFaultIsNoticed(Fault fault, @TempDir Path folder) {
    assertThatThrownBy(() -> run(fault, folder)).isInstanceOf(InvocationTargetException.class).cause()
        .isInstanceOf(AssertionError.class).hasMessageContaining("clarion.protocol.seed");
  }

  @Test
  void withoutAFaultNothingIsNoticed(@TempDir Path folder) throws Exception {
    run(new Fault("none", "rpc/Tape.java", "final class Tape {", "final class Tape {"), folder);
  }

  private static void run(Fault fault, Path folder) throws Exception {
    compile(fault, folder);
    try (URLClassLoader faulty = new ChildFirst(folder)) {
      Class<?> test = faulty.loadClass(ProtocolSimulationTest.class.getName());
      Constructor<?> constructor = test.getDeclaredConstructor();
      constructor.setAccessible(true);
      Method method = test.getDeclaredMethod("aFewSchedules");
      method.setAccessible(true);
      method.invoke(constructor.newInstance());
    }
  }

  private static void compile(Fault fault, Path folder) throws IOException {
    Path source = SOURCES.resolve(fault.file);
    String text = Files.readString(source);
    assertThat(text.split(Pattern.quote(fault.sound), -1)).as("where %s is put into %s", fault, source).hasSize(2);
    Path copy = Files.writeString(folder.resolve(source.getFileName().toString()),
        text.replace(fault.sound, fault.faulty));
    JavaCompiler compiler = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler(), "no compiler in this JVM");
    StringWriter messages = new StringWriter();
    try (var manager = compiler.getStandardFileManager(null, null, null)) {
      boolean compiled = compiler.getTask(messages, manager, null,
          List.of("-proc:none", "-nowarn", "-d", folder.toString(), "-cp", place(Committer.class) + File.pathSeparator
              + System.getProperty("java.class.path")),
          null, manager.getJavaFileObjects(copy)).call();
      assertThat(compiled).as(messages.toString()).isTrue();
    }
  }

  private static URL place(Class<?> type) {
    return type.getProtectionDomain().getCodeSource().getLocation();
  }

  /** The scheduler with its tests, apart from the one that everybody else sees; the faulty class comes first. */
  private static final class ChildFirst extends URLClassLoader {
    ChildFirst(Path folder) throws IOException {
      super(new URL[]{folder.toUri().toURL(), place(Committer.class), place(ProtocolMutationTest.class)},
          ProtocolMutationTest.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith("org.clarion.scheduler.")) {
        return super.loadClass(name, resolve);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        return loaded == null ? findClass(name) : loaded;
      }
    }
  }
}
