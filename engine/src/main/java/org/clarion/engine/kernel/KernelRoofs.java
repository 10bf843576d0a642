package org.clarion.engine.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** One thread's share of what measures the machine's roofs. Thread-safe: every thread calls it for itself. */
public final class KernelRoofs {
  /** Bytes that reading takes at a time. */
  public static final int STRIDE = 512;

  /** Products that a processor may have an instruction for. */
  public enum Kind {
    FLOAT32("clarion_roof_f32"), BFLOAT16("clarion_roof_bf16"), INT8("clarion_roof_int8");

    private final String function;

    Kind(String function) {
      this.function = function;
    }
  }

  private final KernelLibrary library;
  private final MethodHandle read;
  private final Map<Kind, MethodHandle> multiply = new EnumMap<>(Kind.class);

  private KernelRoofs(KernelLibrary library) {
    this.library = library;
    read = library.function("clarion_roof_read", FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG));
    for (Kind kind : Kind.values()) {
      multiply.put(kind, library.function(kind.function, FunctionDescriptor.of(JAVA_LONG, JAVA_LONG)));
    }
  }

  /** What this host's kernel library has, or nothing where there is none. */
  public static Optional<KernelRoofs> host() {
    return KernelLibrary.host().map(KernelRoofs::new);
  }

  /** Memory to read, kept as weights are; every page of it has been written. */
  public KernelMemory memory() {
    return new KernelMemory(library);
  }

  /**
   * Reads all of it once.
   *
   * @param memory
   *          a multiple of {@link #STRIDE} bytes
   */
  public void read(MemorySegment memory) {
    try {
      read.invokeExact(memory, memory.byteSize());
    } catch (Throwable e) {
      throw KernelLibrary.unexpected(e);
    }
  }

  /**
   * Multiplies and adds without reading memory.
   *
   * @param turns
   *          how often; 0 only asks
   * @return operations of one turn, a multiply-add as two; 0 where the processor has no such instruction
   */
  public long multiply(Kind kind, long turns) {
    try {
      return (long) Objects.requireNonNull(multiply.get(kind)).invokeExact(turns);
    } catch (Throwable e) {
      throw KernelLibrary.unexpected(e);
    }
  }
}
