package org.clarion.engine.collective.nccl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** A library with the signatures of NCCL and of the CUDA runtime that works in host memory and counts its calls. */
@SuppressWarnings("restricted") // native calls are what is tested
public final class FakeNccl {
  /** What it counts, by the library's numbers. */
  public enum Call {
    SET_DEVICE(0), INIT(1), SUM(2), LARGEST(3), QUERY(4), ABORT(5);

    private final int code;

    Call(int code) {
      this.code = code;
    }
  }

  private final Path library;
  private final SymbolLookup symbols;

  private FakeNccl(Path library) {
    this.library = library;
    this.symbols = SymbolLookup.libraryLookup(library, Arena.global());
  }

  /** Builds it in a folder of the test and loads it; the test is skipped where there is no compiler. */
  public static FakeNccl load(Path folder) throws IOException, InterruptedException {
    return new FakeNccl(build(folder));
  }

  static Path build(Path folder) throws IOException, InterruptedException {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/cc")), "no C compiler at /usr/bin/cc");
    Path source = folder.resolve("fake_nccl.c");
    try (InputStream in = Objects.requireNonNull(FakeNccl.class.getResourceAsStream("/nccl/fake_nccl.c"))) {
      Files.copy(in, source);
    }
    Path library = folder.resolve("libfake.so");
    Process compiler = new ProcessBuilder("/usr/bin/cc", "-shared", "-fPIC", "-O1", "-o", library.toString(), source
        .toString(), "-lpthread").inheritIO().start();
    assertThat(compiler.waitFor(40, TimeUnit.SECONDS)).isTrue();
    assertThat(compiler.exitValue()).isZero();
    return library;
  }

  /** The binding of NCCL over it. */
  public NcclLibrary nccl() {
    return NcclLibrary.load(library.toString());
  }

  /** The binding of the CUDA runtime over it. */
  public CudaRuntime cuda() {
    return CudaRuntime.load(library.toString());
  }

  /** How often something was called since this was asked last, by all ranks together. */
  public int calls(Call call) throws Throwable {
    return (int) Linker.nativeLinker().downcallHandle(symbols.findOrThrow("fake_calls"),
        FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT)).invokeExact(call.code);
  }

  /** From now on no stream ever ends, or all do. */
  public void hang(boolean hangs) throws Throwable {
    Linker.nativeLinker().downcallHandle(symbols.findOrThrow("fake_break"), FunctionDescriptor.ofVoid(
        ValueLayout.JAVA_INT)).invokeExact(hangs ? 1 : 0);
  }
}
