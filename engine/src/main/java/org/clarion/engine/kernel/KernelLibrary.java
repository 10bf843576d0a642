package org.clarion.engine.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The kernel library's functions. There is one per process, made at first use; it stays loaded. Thread-safe.
 */
@SuppressWarnings("restricted") // calling native code is this class's purpose; the JVM's flags allow it
public final class KernelLibrary {
  private static final Logger LOG = LoggerFactory.getLogger(KernelLibrary.class);

  private static final int BFLOAT16_BIT = 2;
  private static final int MATRIX_UNIT_BIT = 4;

  private final MethodHandle teamNew;
  private final MethodHandle teamThreads;
  private final MethodHandle teamFree;
  private final MethodHandle teamRun;
  private final MethodHandle memoryNew;
  private final MethodHandle memoryFree;
  private final MethodHandle memoryFlush;
  private final MethodHandle toBf16;
  private final MethodHandle pack;
  private final int features;
  private final Path file;

  private KernelLibrary(Path file) {
    this.file = file;
    Linker linker = Linker.nativeLinker();
    // Code that is running cannot be unloaded: the library stays until the process ends.
    SymbolLookup symbols = SymbolLookup.libraryLookup(file, Arena.global());
    teamNew = link(linker, symbols, "clarion_team_new", FunctionDescriptor.of(ADDRESS, JAVA_INT, JAVA_INT));
    teamThreads = link(linker, symbols, "clarion_team_threads", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    teamFree = link(linker, symbols, "clarion_team_free", FunctionDescriptor.ofVoid(ADDRESS));
    teamRun = link(linker, symbols, "clarion_team_run",
        FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
    memoryNew = link(linker, symbols, "clarion_memory_new", FunctionDescriptor.of(ADDRESS, JAVA_LONG));
    memoryFree = link(linker, symbols, "clarion_memory_free", FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG));
    memoryFlush = link(linker, symbols, "clarion_memory_flush", FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG));
    toBf16 = link(linker, symbols, "clarion_to_bf16", FunctionDescriptor.ofVoid(ADDRESS, ADDRESS, JAVA_LONG));
    pack = link(linker, symbols, "clarion_pack", FunctionDescriptor.ofVoid(JAVA_INT, ADDRESS, JAVA_LONG,
        JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS));
    features = callForInt(link(linker, symbols, "clarion_features", FunctionDescriptor.of(JAVA_INT)));
    int bytes = callForInt(link(linker, symbols, "clarion_operation_bytes", FunctionDescriptor.of(JAVA_INT)));
    if (bytes != Operation.LAYOUT.byteSize()) {
      throw new KernelException(
          "an operation has " + bytes + " bytes in the library and " + Operation.LAYOUT.byteSize() + " here");
    }
  }

  /** The library for this host, or nothing where it cannot be had; the reason is logged once. */
  public static Optional<KernelLibrary> host() {
    return Host.LIBRARY;
  }

  private static final class Host {
    static final Optional<KernelLibrary> LIBRARY = load();

    private static Optional<KernelLibrary> load() {
      if (Boolean.getBoolean("clarion.kernels.off")) {
        LOG.info("own kernels are switched off: libtorch computes");
        return Optional.empty();
      }
      try {
        return Optional.of(new KernelLibrary(new KernelCompiler(folder()).library()));
      } catch (KernelException | IllegalArgumentException e) {
        LOG.warn("no kernels of our own on this host, libtorch computes: {}", e.getMessage());
        return Optional.empty();
      }
    }

    private static Path folder() {
      String home = System.getenv("CLARION_HOME");
      Path root = home == null || home.isBlank()
          ? Path.of(System.getProperty("user.home"), ".cache", "clarion")
          : Path.of(home);
      return root.resolve("kernels");
    }
  }

  Path file() {
    return file;
  }

  /** Whether bfloat16 weights can be multiplied; int8 and int4 ones always can. */
  public boolean multipliesBfloat16() {
    return (features & BFLOAT16_BIT) != 0;
  }

  /** Whether int8 and bfloat16 can be multiplied by the processor's matrix unit (AMX): {@link Tiling#MATRIX}. */
  public boolean hasMatrixUnit() {
    return (features & MATRIX_UNIT_BIT) != 0;
  }

  /** A function that is rarely called. */
  MethodHandle function(String name, FunctionDescriptor type) {
    return link(Linker.nativeLinker(), SymbolLookup.libraryLookup(file, Arena.global()), name, type);
  }

  MemorySegment newTeam(int threads, int operations) {
    MemorySegment team = (MemorySegment) call(() -> (MemorySegment) teamNew.invokeExact(threads, operations));
    if (team.equals(MemorySegment.NULL)) {
      throw new KernelException("there is no memory for a team of " + threads + " threads");
    }
    return team;
  }

  int threads(MemorySegment team) {
    return (int) call(() -> (int) teamThreads.invokeExact(team));
  }

  void freeTeam(MemorySegment team) {
    run(() -> {
      teamFree.invokeExact(team);
    });
  }

  int run(MemorySegment team, MemorySegment operations, int from, int count, MemorySegment step,
      MemorySegment cycles) {
    try {
      return (int) teamRun.invokeExact(team, operations, from, count, step, cycles);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  MemorySegment newMemory(long bytes) {
    MemorySegment memory = (MemorySegment) call(() -> (MemorySegment) memoryNew.invokeExact(bytes));
    if (memory.equals(MemorySegment.NULL)) {
      throw new KernelException("there is no memory for " + (bytes >> 20) + " MiB of weights");
    }
    return memory.reinterpret(bytes);
  }

  void freeMemory(MemorySegment memory) {
    run(() -> {
      memoryFree.invokeExact(memory, memory.byteSize());
    });
  }

  /** Puts memory out of the processor's caches. */
  void flush(MemorySegment memory) {
    run(() -> {
      memoryFlush.invokeExact(memory, memory.byteSize());
    });
  }

  /** Rounds float32 numbers to bfloat16, to nearest even. */
  public void toBfloat16(MemorySegment floats, MemorySegment halves, long count) {
    run(() -> {
      toBf16.invokeExact(floats, halves, count);
    });
  }

  /**
   * Fills one panel of a matrix, zero before.
   *
   * @param rows
   *          float32 [count, rowInputs]: the panel's output channels, whole, of which the matrix may have a part;
   *          overwritten
   * @param first
   *          index of the matrix's first input in them
   */
  public void pack(PackedMatrix matrix, int panel, MemorySegment rows, long rowInputs, long first, int count) {
    run(() -> {
      pack.invokeExact(matrix.kind().code(), rows, rowInputs, first, count, matrix.inputs(), matrix.width(panel),
          matrix.block(), matrix.panel(panel), matrix.factorsOf(panel), matrix.offsetsOf(panel),
          matrix.groupsOf(panel));
    });
  }

  private static MethodHandle link(Linker linker, SymbolLookup symbols, String name, FunctionDescriptor type) {
    return linker.downcallHandle(
        symbols.find(name).orElseThrow(() -> new KernelException("the library has no " + name)), type);
  }

  private static int callForInt(MethodHandle handle) {
    return (int) call(() -> (int) handle.invokeExact());
  }

  private interface Call {
    Object call() throws Throwable;
  }

  private interface Action {
    void run() throws Throwable;
  }

  private static Object call(Call call) {
    try {
      return call.call();
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static void run(Action action) {
    try {
      action.run();
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** Downcalls throw nothing of their own. */
  static RuntimeException unexpected(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    throw e instanceof RuntimeException runtime ? runtime : new IllegalStateException(e);
  }
}
