package org.clarion.engine.collective.nccl;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.NoSuchElementException;
import org.clarion.engine.collective.CollectiveException;

/**
 * The two functions of CUDA's runtime that NCCL leaves to its caller: which device a thread means, and whether a stream
 * has done its work. Thread-safe. <b>Untested on a GPU</b>, as {@link NcclLibrary}.
 */
public final class CudaRuntime {
  /** The name of the runtime that libtorch's CUDA 12 builds bring. */
  public static final String STANDARD_NAME = "libcudart.so.12";

  private static final int NOT_READY = 600;
  private static final int MAX_WORDS = 1024;

  private final String name;
  private final MethodHandle setDevice;
  private final MethodHandle streamQuery;
  private final MethodHandle getErrorString;

  private CudaRuntime(String name, SymbolLookup symbols) {
    this.name = name;
    setDevice = bind(symbols, "cudaSetDevice", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    streamQuery = bind(symbols, "cudaStreamQuery", FunctionDescriptor.of(JAVA_INT, JAVA_LONG));
    getErrorString = bind(symbols, "cudaGetErrorString", FunctionDescriptor.of(ADDRESS, JAVA_INT));
  }

  /**
   * Loads the library for the life of the process.
   *
   * @param name
   *          a path, or a name that the system's loader looks up such as {@link #STANDARD_NAME}
   * @throws CollectiveException
   *           when it is not there or lacks a function
   */
  @SuppressWarnings("restricted") // loading a native library is the point
  public static CudaRuntime load(String name) {
    try {
      return new CudaRuntime(name, SymbolLookup.libraryLookup(name, Arena.global()));
    } catch (IllegalArgumentException e) {
      throw new CollectiveException("no CUDA runtime '" + name + "': it comes with a libtorch for CUDA; put the folder "
          + "that holds it on LD_LIBRARY_PATH", e);
    }
  }

  @SuppressWarnings("restricted")
  private MethodHandle bind(SymbolLookup symbols, String function, FunctionDescriptor signature) {
    try {
      return Linker.nativeLinker().downcallHandle(symbols.findOrThrow(function), signature);
    } catch (NoSuchElementException e) {
      throw new CollectiveException("'" + name + "' has no function " + function, e);
    }
  }

  /** Makes a device the calling thread's current one: the one that its default stream belongs to. */
  public void setDevice(int device) {
    try {
      check("cudaSetDevice(" + device + ")", (int) setDevice.invokeExact(device));
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * Whether all work that was put on a stream of the current device has been done.
   *
   * @param stream
   *          a {@code cudaStream_t}, 0 for the default one
   * @throws CollectiveException
   *           when some of it failed, with the library's words
   */
  public boolean idle(long stream) {
    try {
      int result = (int) streamQuery.invokeExact(stream);
      if (result == NOT_READY) {
        return false;
      }
      check("work on the device", result);
      return true;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  @SuppressWarnings("restricted")
  private void check(String what, int result) throws Throwable {
    if (result != 0) {
      throw new CollectiveException(what + " failed with " + result + ": "
          + ((MemorySegment) getErrorString.invokeExact(result)).reinterpret(MAX_WORDS).getString(0));
    }
  }

  private static RuntimeException unexpected(Throwable e) {
    return switch (e) {
      case RuntimeException runtime -> runtime;
      case Error error -> throw error;
      default -> new IllegalStateException("a native call cannot throw", e);
    };
  }
}
