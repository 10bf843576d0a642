package org.clarion.engine.kernel;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compiles the kernel library with the host's C compiler, for the host's processor, once: the result is kept in a
 * folder under a name made of everything that decides it. Several processes may do so at the same time.
 */
final class KernelCompiler {
  private static final Logger LOG = LoggerFactory.getLogger(KernelCompiler.class);

  private static final List<String> SOURCES = List.of("team.c", "linear.c", "elementwise.c", "attention.c",
      "encoder.c", "weights.c", "roofs.c");
  private static final List<String> HEADERS = List.of("clarion.h", "matrix.h");
  /** No contraction: one formula must give the same bits wherever it stands. */
  private static final List<String> FLAGS = List.of("-O3", "-march=native", "-std=gnu11", "-ffp-contract=off", "-fPIC",
      "-shared", "-pthread");
  private static final long LIMIT_SECONDS = 120;
  private static final int MAX_OUTPUT = 1 << 20;

  private final Path folder;

  KernelCompiler(Path folder) {
    this.folder = folder;
  }

  /**
   * The library's file, compiled now if it is not there yet.
   *
   * @throws KernelException
   *           when there is no compiler, or it refuses: for example because the processor lacks the instructions
   */
  Path library() {
    String compiler = compiler();
    Path library = folder.resolve("clarion-" + key(compiler) + ".so");
    if (!Files.isRegularFile(library)) {
      long start = System.nanoTime();
      compile(compiler, library);
      LOG.info("kernels compiled with {} in {} ms", compiler, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
    }
    return library;
  }

  private static String compiler() {
    String chosen = System.getenv("CC");
    Stream<String> names = Stream.concat(Stream.ofNullable(chosen).filter(name -> !name.isBlank()),
        Stream.of("cc", "gcc", "clang"));
    return names.filter(KernelCompiler::onPath).findFirst()
        .orElseThrow(() -> new KernelException("there is no C compiler (cc, gcc or clang) on the PATH"));
  }

  private static boolean onPath(String name) {
    if (name.contains("/")) {
      return Files.isExecutable(Path.of(name));
    }
    String path = System.getenv().getOrDefault("PATH", "");
    return Arrays.stream(path.split(":")).anyMatch(entry -> Files.isExecutable(Path.of(entry, name)));
  }

  /** Sources, flags, compiler and processor: a change of any of them asks for another library. */
  private static String key(String compiler) {
    MessageDigest digest = sha256();
    Stream.concat(HEADERS.stream(), SOURCES.stream()).map(KernelCompiler::source).forEach(digest::update);
    digest.update(String.join(" ", FLAGS).getBytes(StandardCharsets.UTF_8));
    digest.update(run(List.of(compiler, "--version")).output().getBytes(StandardCharsets.UTF_8));
    digest.update(processor().getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(digest.digest(), 0, 12);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  /** The first processor's model and abilities, as Linux tells them. */
  static String processor() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return String.join("\n", lines.takeWhile(line -> !line.isBlank())
          .filter(line -> line.startsWith("model name") || line.startsWith("flags")).toList());
    } catch (IOException e) {
      throw new KernelException("the processor's description cannot be read: " + e.getMessage());
    }
  }

  private static byte[] source(String name) {
    try (InputStream in = KernelCompiler.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new KernelException("the kernel source " + name + " is missing from this build");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new KernelException("the kernel source " + name + " cannot be read: " + e.getMessage());
    }
  }

  private void compile(String compiler, Path library) {
    try {
      Files.createDirectories(folder);
      Path work = Files.createTempDirectory(folder, "compile");
      try {
        for (String name : HEADERS) {
          Files.write(work.resolve(name), source(name));
        }
        List<String> command = new ArrayList<>(List.of(compiler));
        command.addAll(FLAGS);
        for (String name : SOURCES) {
          command.add(Files.write(work.resolve(name), source(name)).toString());
        }
        Path result = work.resolve("library.so");
        command.addAll(List.of("-o", result.toString(), "-lm"));
        Run run = run(command);
        if (run.status() != 0) {
          throw new KernelException(compiler + " refused the kernels: " + firstError(run.output()));
        }
        publish(result, library);
      } finally {
        delete(work);
      }
    } catch (IOException e) {
      throw new KernelException("the kernels cannot be compiled into " + folder + ": " + e.getMessage());
    }
  }

  private static void publish(Path result, Path library) throws IOException {
    try {
      Files.move(result, library, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException _) {
      Files.move(result, library, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.deleteIfExists(file);
      }
    }
    Files.delete(folder);
  }

  private static String firstError(String output) {
    return output.lines().filter(line -> line.contains("error:")).map(line -> line.replaceFirst(".*error: ", ""))
        .findFirst().orElse("no message");
  }

  private record Run(int status, String output) {}

  private static Run run(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      try (InputStream in = process.getInputStream()) {
        byte[] output = in.readNBytes(MAX_OUTPUT);
        if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
          throw new KernelException(command.getFirst() + " did not end within " + LIMIT_SECONDS + " s");
        }
        return new Run(process.exitValue(), new String(output, StandardCharsets.UTF_8));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new KernelException("interrupted while " + command.getFirst() + " was running");
      } finally {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      throw new KernelException(command.getFirst() + " cannot be run: " + e.getMessage());
    }
  }
}
