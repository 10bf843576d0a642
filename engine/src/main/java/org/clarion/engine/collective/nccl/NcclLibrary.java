package org.clarion.engine.collective.nccl;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.NoSuchElementException;
import org.clarion.engine.collective.CollectiveException;

/**
 * The functions of {@code nccl.h} (NCCL 2) that a rank needs, bound through the Foreign Function API. Thread-safe.
 *
 * <p>
 * <b>Untested on a GPU.</b> The tests bind a small library of the same signatures that works in host memory: they prove
 * the argument passing and the error handling, not the real library.
 */
public final class NcclLibrary {
  /** The name under which NVIDIA's packages install the library. */
  public static final String STANDARD_NAME = "libnccl.so.2";
  /** Bytes of an {@code ncclUniqueId}. */
  public static final int ID_BYTES = 128;

  private static final StructLayout ID = MemoryLayout.structLayout(MemoryLayout.sequenceLayout(ID_BYTES, JAVA_BYTE));
  private static final int MAX_WORDS = 1024;

  private final String name;
  private final MethodHandle getErrorString;
  private final MethodHandle getVersion;
  private final MethodHandle getUniqueId;
  private final MethodHandle commInitRank;
  private final MethodHandle commGetAsyncError;
  private final MethodHandle commDestroy;
  private final MethodHandle commAbort;
  private final MethodHandle allReduce;
  private final MethodHandle broadcast;

  private NcclLibrary(String name, SymbolLookup symbols) {
    this.name = name;
    getErrorString = bind(symbols, "ncclGetErrorString", FunctionDescriptor.of(ADDRESS, JAVA_INT));
    getVersion = bind(symbols, "ncclGetVersion", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    getUniqueId = bind(symbols, "ncclGetUniqueId", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    // The id is a struct by value.
    commInitRank = bind(symbols, "ncclCommInitRank", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, ID, JAVA_INT));
    commGetAsyncError = bind(symbols, "ncclCommGetAsyncError", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
    commDestroy = bind(symbols, "ncclCommDestroy", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    commAbort = bind(symbols, "ncclCommAbort", FunctionDescriptor.of(JAVA_INT, ADDRESS));
    allReduce = bind(symbols, "ncclAllReduce",
        FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT,
            JAVA_INT, ADDRESS, JAVA_LONG));
    broadcast = bind(symbols, "ncclBroadcast",
        FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT,
            JAVA_INT, ADDRESS, JAVA_LONG));
  }

  /**
   * Loads the library for the life of the process.
   *
   * @param name
   *          a path, or a name that the system's loader looks up such as {@link #STANDARD_NAME}
   * @throws CollectiveException
   *           when it is not there or lacks a function; says what to do
   */
  @SuppressWarnings("restricted") // loading a native library is the point
  public static NcclLibrary load(String name) {
    SymbolLookup symbols;
    try {
      symbols = SymbolLookup.libraryLookup(name, Arena.global());
    } catch (IllegalArgumentException e) {
      throw new CollectiveException("no NCCL library '" + name + "': install NVIDIA's libnccl2, or put the folder that "
          + "holds it on LD_LIBRARY_PATH", e);
    }
    return new NcclLibrary(name, symbols);
  }

  @SuppressWarnings("restricted")
  private MethodHandle bind(SymbolLookup symbols, String function, FunctionDescriptor signature) {
    try {
      return Linker.nativeLinker().downcallHandle(symbols.findOrThrow(function), signature);
    } catch (NoSuchElementException e) {
      throw new CollectiveException("'" + name + "' has no function " + function + "; NCCL 2.4 or later is needed", e);
    }
  }

  /** Version as the library counts, for example 22703 for 2.27.3. */
  public int version() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment version = arena.allocate(JAVA_INT);
      check("ncclGetVersion", call(getVersion, version));
      return version.get(JAVA_INT, 0);
    }
  }

  /** A new group's id, of {@link #ID_BYTES} bytes: rank 0 makes it and the others get it through the host. */
  public byte[] uniqueId() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment id = arena.allocate(ID);
      check("ncclGetUniqueId", call(getUniqueId, id));
      return id.toArray(JAVA_BYTE);
    }
  }

  /**
   * Joins a group on the CUDA device that is current for the calling thread. Blocks until all ranks have come.
   *
   * @param id
   *          what rank 0's {@link #uniqueId} gave
   * @throws CollectiveException
   *           with the library's words
   */
  public DeviceCollective join(byte[] id, int rank, int size) {
    if (id.length != ID_BYTES || size < 1 || rank < 0 || rank >= size) {
      throw new IllegalArgumentException("an id of " + id.length + " bytes for rank " + rank + " of " + size
          + "; ids have " + ID_BYTES);
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment communicator = arena.allocate(ADDRESS);
      MemorySegment idSegment = arena.allocate(ID).copyFrom(MemorySegment.ofArray(id));
      check("ncclCommInitRank", call(commInitRank, communicator, size, idSegment, rank));
      return new NcclCollective(this, communicator.get(ADDRESS, 0), rank, size);
    }
  }

  void allReduce(DeviceValues values, int operation, MemorySegment communicator, long stream) {
    check("ncclAllReduce", call(allReduce, values.address(), values.address(), values.count(), values.type().code(),
        operation, communicator, stream));
  }

  void broadcast(DeviceValues values, int root, MemorySegment communicator, long stream) {
    check("ncclBroadcast", call(broadcast, values.address(), values.address(), values.count(), values.type().code(),
        root, communicator, stream));
  }

  void checkAsync(MemorySegment communicator) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment result = arena.allocate(JAVA_INT);
      check("ncclCommGetAsyncError", call(commGetAsyncError, communicator, result));
      check("work on the device", result.get(JAVA_INT, 0));
    }
  }

  void destroy(MemorySegment communicator) {
    check("ncclCommDestroy", call(commDestroy, communicator));
  }

  void abort(MemorySegment communicator) {
    check("ncclCommAbort", call(commAbort, communicator));
  }

  @SuppressWarnings("restricted")
  private void check(String what, int result) {
    if (result == 0) {
      return;
    }
    String words;
    try {
      words = ((MemorySegment) getErrorString.invokeExact(result)).reinterpret(MAX_WORDS).getString(0);
    } catch (Throwable e) {
      throw new IllegalStateException("ncclGetErrorString cannot be called", e);
    }
    throw new CollectiveException(what + " failed with " + result + ": " + words);
  }

  private static int call(MethodHandle function, Object... arguments) {
    try {
      return (int) function.invokeWithArguments(arguments);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("a native call cannot throw", e);
    }
  }
}
