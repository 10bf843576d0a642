package org.clarion.engine.script;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A loaded program: attributes that live in libtorch and methods that Java calls by name, in inference mode.
 *
 * <p>
 * Not thread-safe, and the thread that loads a module is the one that uses and closes it: libtorch keeps the number of
 * intra-op threads per calling thread.
 */
public final class ScriptModule implements AutoCloseable {
  private final PtNDManager manager;
  private final PtSymbolBlock block;
  private boolean closed;
  private long nanos;

  private ScriptModule(PtNDManager manager, PtSymbolBlock block) {
    this.manager = manager;
    this.block = block;
  }

  /**
   * Loads a program, starting libtorch if need be.
   *
   * @param owner
   *          class beside which the program lies
   * @param threads
   *          intra-op threads of the calling thread from now on
   * @param resources
   *          file names of the program's texts, which follow one another: the first declares the class, the others have
   *          further methods of it
   * @throws EngineStartException
   *           when libtorch is missing
   * @throws IllegalStateException
   *           when the program does not compile, with libtorch's message
   */
  public static ScriptModule load(Class<?> owner, int threads, String... resources) {
    StringBuilder program = new StringBuilder();
    for (String resource : resources) {
      program.append(read(owner, resource));
    }
    return loadText(program.toString(), threads);
  }

  /** Loads a program from its text. */
  public static ScriptModule loadText(String program, int threads) {
    byte[] archive = ScriptArchive.pack(program);
    Libtorch.start();
    Libtorch.enter();
    try {
      Libtorch.prepareThread(threads);
      PtNDManager manager = (PtNDManager) NDManager.newBaseManager("PyTorch");
      try {
        return new ScriptModule(manager,
            JniUtils.loadModule(manager, new ByteArrayInputStream(archive), false, false));
      } catch (IOException | RuntimeException e) {
        manager.close();
        throw new IllegalStateException("a program did not load: " + e.getMessage(), e);
      }
    } finally {
      Libtorch.leave();
    }
  }

  /** Sets the intra-op threads of the calling thread: of every module that it calls. */
  public static void useThreads(int threads) {
    Libtorch.start();
    Libtorch.prepareThread(threads);
  }

  /** Calls a method for its effect. */
  public void run(String method, Object... arguments) {
    Libtorch.enter();
    try (IValue result = invoke(method, arguments)) {
      assert result != null;
    } finally {
      Libtorch.leave();
    }
  }

  /** Calls a method that returns a tensor, which the caller closes. */
  public PtNDArray call(String method, Object... arguments) {
    Libtorch.enter();
    try (IValue result = invoke(method, arguments)) {
      return result.toTensor(manager);
    } finally {
      Libtorch.leave();
    }
  }

  /** Calls a method that returns a tensor of float32 and copies it out, row-major. */
  public float[] callForFloats(String method, Object... arguments) {
    try (PtNDArray tensor = call(method, arguments)) {
      return tensor.toFloatArray();
    }
  }

  /** Calls a method that returns a tensor of int64 and copies it out, row-major. */
  public long[] callForLongs(String method, Object... arguments) {
    try (PtNDArray tensor = call(method, arguments)) {
      return tensor.toLongArray();
    }
  }

  /**
   * Calls a method with autograd on: what it computes from tensors that require gradients can be walked back. Methods
   * called otherwise run in inference mode, and what they make can never take part in that.
   *
   * @param arguments
   *          tensors, and lists of tensors; the first one is a tensor
   * @return the tensor that the method returns, which the caller closes
   */
  public PtNDArray record(String method, Object... arguments) {
    if (closed) {
      throw new IllegalStateException("the module is closed");
    }
    Libtorch.enter();
    long start = System.nanoTime();
    JniUtils.setGradMode(true);
    NDList inputs = new NDList();
    try (NDArray name = manager.create(0)) {
      for (int i = 0; i < arguments.length; i++) {
        addNamed(inputs, arguments[i], i);
      }
      // DJL offers this only for tensors, and reads the method from the name of one more.
      name.setName("module_method:" + method);
      inputs.add(name);
      return (PtNDArray) IValueUtils.forward(block, inputs, true).singletonOrThrow();
    } finally {
      inputs.forEach(tensor -> tensor.setName(null));
      JniUtils.setGradMode(false);
      nanos += System.nanoTime() - start;
      Libtorch.leave();
    }
  }

  private static void addNamed(NDList inputs, Object argument, int index) {
    switch (argument) {
      case PtNDArray tensor -> inputs.add(tensor);
      case List<?> list -> {
        for (Object entry : list) {
          NDArray tensor = (NDArray) entry;
          tensor.setName("list" + index + "[]");
          inputs.add(tensor);
        }
      }
      default -> throw new IllegalArgumentException(
          "a recorded call takes tensors, not a " + argument.getClass().getName());
    }
  }

  /** A tensor over memory of the caller, which must outlive it: writes on one side show on the other. */
  public PtNDArray view(ByteBuffer direct, DataType type, long... shape) {
    if (!direct.isDirect()) {
      throw new IllegalArgumentException("only a direct buffer can be seen by libtorch");
    }
    return manager.create(direct, new Shape(shape), type);
  }

  /**
   * Where a tensor's values lie, in the memory of its device. DJL copies what is not on the processor before it hands
   * out a buffer; its native method does not, and wraps the tensor's own data pointer, which is never read through the
   * buffer.
   */
  public long address(PtNDArray tensor) {
    try {
      long handle = tensor.getHandle();
      ByteBuffer buffer = (ByteBuffer) DataPointer.METHOD.invokeExact(handle);
      return MemorySegment.ofBuffer(buffer).address();
    } catch (Throwable e) {
      throw new IllegalStateException("the address of a tensor cannot be had", e);
    }
  }

  private static final class DataPointer {
    static final MethodHandle METHOD = find();

    private static MethodHandle find() {
      try {
        Class<?> library = Class.forName("ai.djl.pytorch.jni.PyTorchLibrary");
        MethodHandles.Lookup inside = MethodHandles.privateLookupIn(library, MethodHandles.lookup());
        Object instance = inside.findStaticGetter(library, "LIB", library).invoke();
        return inside.findVirtual(library, "torchDirectByteBuffer", MethodType.methodType(ByteBuffer.class, long.class))
            .bindTo(instance);
      } catch (Throwable e) {
        throw new IllegalStateException("this version of DJL hands out no addresses", e);
      }
    }
  }

  /** A tensor with a copy of the values; the caller closes it. */
  public PtNDArray tensor(float[] values, long... shape) {
    return (PtNDArray) manager.create(values, new Shape(shape));
  }

  /** A tensor with a copy of the values; the caller closes it. */
  public PtNDArray tensor(long[] values, long... shape) {
    return (PtNDArray) manager.create(values, new Shape(shape));
  }

  /** Nanoseconds in calls so far. */
  public long nanos() {
    return nanos;
  }

  private IValue invoke(String method, Object[] arguments) {
    if (closed) {
      throw new IllegalStateException("the module is closed");
    }
    IValue[] values = new IValue[arguments.length];
    int made = 0;
    long start = System.nanoTime();
    try {
      for (; made < values.length; made++) {
        values[made] = value(arguments[made]);
      }
      return IValueUtils.runMethod(block, method, values);
    } finally {
      for (int i = 0; i < made; i++) {
        values[i].close();
      }
      nanos += System.nanoTime() - start;
    }
  }

  private static IValue value(Object argument) {
    return switch (argument) {
      case Integer number -> IValue.from(number.longValue());
      case Long number -> IValue.from(number);
      case Double number -> IValue.from(number);
      case Boolean flag -> IValue.from(flag);
      case String text -> IValue.from(text);
      case long[] list -> IValue.listFrom(list);
      case PtNDArray tensor -> IValue.from(tensor);
      default -> throw new IllegalArgumentException("a program cannot take a " + argument.getClass().getName());
    };
  }

  private static String read(Class<?> owner, String resource) {
    try (InputStream in = owner.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalArgumentException("no program " + resource + " beside " + owner.getName());
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("the program " + resource + " cannot be read", e);
    }
  }

  /** Frees the program and every tensor it holds. Idempotent. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      Libtorch.enter();
    } catch (IllegalStateException processIsEnding) {
      return; // the operating system frees it in a moment
    }
    try {
      block.close();
      manager.close();
    } finally {
      Libtorch.leave();
    }
  }
}
