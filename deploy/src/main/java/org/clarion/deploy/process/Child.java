package org.clarion.deploy.process;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntConsumer;

/**
 * One role as a process of its own. It runs the JVM and the classes of this process, logs into its own file, says on
 * standard output when it is ready, and ends when this process does. Thread-safe.
 */
public final class Child implements AutoCloseable {
  /** What a child prints before its address once it is ready, or before several with commas between them. */
  public static final String READY = "clarion-ready ";

  private static final Duration GRACE = Duration.ofSeconds(8);

  private final String name;
  private final Path log;
  private final Process process;
  private final CompletableFuture<String> ready = new CompletableFuture<>();

  private Child(String name, Path log, Process process) {
    this.name = name;
    this.log = log;
    this.process = process;
  }

  /**
   * Starts it.
   *
   * @param name
   *          for messages
   * @param log
   *          to which its standard error is appended
   * @param arguments
   *          of the {@code clarion} command
   */
  public static Child start(String name, Path log, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvmFlags());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "org.clarion.deploy.app.Main"));
    command.addAll(arguments);
    Process process = new ProcessBuilder(command).redirectError(Redirect.appendTo(log.toFile())).start();
    Child child = new Child(name, log, process);
    Thread.ofVirtual().name("stdout-" + name).start(child::listen);
    return child;
  }

  /** Its name. */
  public String name() {
    return name;
  }

  /** Its process id. */
  public long pid() {
    return process.pid();
  }

  /** Whether it runs. */
  public boolean alive() {
    return process.isAlive();
  }

  /** Tells somebody its exit status when it has ended, on a thread of its own. */
  public void onEnd(IntConsumer listener) {
    Thread.ofVirtual().name("end-" + name).start(() -> {
      try {
        listener.accept(process.waitFor());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    });
  }

  /**
   * Waits until it is ready.
   *
   * @return HOST:PORT that it listens on
   * @throws IllegalStateException
   *           when it ends before, or is not ready in time; names its log
   */
  public String awaitReady(Duration patience) throws InterruptedException {
    try {
      return ready.get(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new IllegalStateException(name + " is not ready after " + patience.toSeconds() + " s; see " + log, e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(name + " ended with status " + status() + " while starting; see " + log, e);
    }
  }

  /** Asks it to stop; {@link #close} waits for it. */
  public void stop() {
    process.destroy();
  }

  /** Kills it at once, as a crash would. */
  public void kill() {
    process.destroyForcibly();
  }

  /**
   * Stops the process in its tracks, or lets it go on: it keeps its connections but does nothing.
   *
   * @throws IOException
   *           when the system has no such signals
   */
  public void pause(boolean stopped) throws IOException {
    try {
      int status = new ProcessBuilder("kill", stopped ? "-STOP" : "-CONT", Long.toString(pid())).start().waitFor();
      if (status != 0 && alive()) {
        throw new IOException("process " + pid() + " could not be " + (stopped ? "paused" : "resumed"));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until it has ended. */
  public void awaitEnd() throws InterruptedException {
    process.waitFor();
  }

  /** Stops it, by force after a while. */
  @Override
  public void close() {
    stop();
    try {
      if (!process.waitFor(GRACE.toNanos(), TimeUnit.NANOSECONDS)) {
        kill();
        process.waitFor();
      }
    } catch (InterruptedException e) {
      kill();
      Thread.currentThread().interrupt();
    }
  }

  private int status() throws InterruptedException {
    return process.waitFor();
  }

  private void listen() {
    try (BufferedReader lines = new BufferedReader(new InputStreamReader(process.getInputStream(),
        StandardCharsets.UTF_8))) {
      String line;
      while ((line = lines.readLine()) != null) {
        if (line.startsWith(READY)) {
          ready.complete(line.substring(READY.length()));
        }
      }
    } catch (IOException | UncheckedIOException e) {
      ready.completeExceptionally(e);
    }
    ready.completeExceptionally(new IOException("standard output ended"));
  }

  /** Flags of this JVM that its children need too: all but those of debuggers, agents and class archives. */
  private static List<String> jvmFlags() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().stream().filter(flag -> !flag.startsWith(
        "-agentlib") && !flag.startsWith("-javaagent") && !flag.startsWith("-XX:ArchiveClassesAtExit")
        && !flag
            .startsWith("-Dsurefire")
        && !flag.contains(File.separator + "surefire")).toList();
  }
}
