package org.clarion.engine.script;

import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The native library: loads it once, without network, and keeps the JVM from ending under a thread that is inside it.
 *
 * <p>
 * libtorch tears its globals down when the process exits, and a thread that is still computing then takes the process
 * down with a signal. So every native call passes {@link #enter} and {@link #leave}, and a shutdown hook first closes
 * the {@link EngineThread}s, which finish what they have, and then waits for the last call to return. Calls that come
 * later are refused.
 *
 * <p>
 * A GPU host names the folder of its own libtorch in {@code PYTORCH_LIBRARY_PATH} (environment or system property);
 * otherwise the CPU library of the jar is unpacked below {@code DJL_CACHE_DIR} or {@code ~/.djl.ai}. Thread-safe.
 */
public final class Libtorch {
  private static final Logger LOG = LoggerFactory.getLogger(Libtorch.class);
  private static final Duration EXIT_WAIT = Duration.ofSeconds(30);
  private static final Set<EngineThread> THREADS = ConcurrentHashMap.newKeySet();

  /** One party for each call inside, one for the door itself, which leaves at exit. */
  private static final Phaser CALLS = new Phaser(1) {
    @Override
    protected boolean onAdvance(int phase, int registeredParties) {
      return registeredParties == 0;
    }
  };

  private static volatile boolean exiting;
  private static boolean started;

  private Libtorch() {}

  /**
   * Loads the library if this has not been done. Takes a second, some more the first time on a machine.
   *
   * @throws EngineStartException
   *           when it is missing or does not fit this machine
   */
  public static synchronized void start() {
    if (started) {
      return;
    }
    setDefault("ai.djl.offline", "true");
    setDefault("OPT_OUT_TRACKING", "true");
    chooseBinding();
    try {
      LOG.info("libtorch {} loaded", Engine.getEngine("PyTorch").getVersion());
    } catch (RuntimeException | LinkageError e) {
      throw new EngineStartException("the native tensor library did not load (" + e.getMessage()
          + "). On 64-bit Linux with glibc it comes with the jars and is unpacked below DJL_CACHE_DIR (default "
          + "~/.djl.ai), which must be writable; elsewhere, or for a GPU, set PYTORCH_LIBRARY_PATH to the lib folder "
          + "of a libtorch 2.7.1", e);
    }
    Runtime.getRuntime().addShutdownHook(new Thread(Libtorch::awaitLastCall, "libtorch-exit"));
    started = true;
  }

  /**
   * Which of its bindings DJL takes for a library of the host's: it guesses from the driver's version, and the guess
   * names one that is not in the jars.
   */
  private static void chooseBinding() {
    String folder = setting("PYTORCH_LIBRARY_PATH");
    if (folder != null && setting("PYTORCH_FLAVOR") == null) {
      boolean cuda = Files.exists(Path.of(folder, System.mapLibraryName("torch_cuda")));
      System.setProperty("PYTORCH_FLAVOR", cuda ? "cu128" : "cpu");
    }
  }

  private static @Nullable String setting(String name) {
    String value = System.getenv(name);
    return value != null ? value : System.getProperty(name);
  }

  private static void setDefault(String key, String value) {
    if (System.getProperty(key) == null) {
      System.setProperty(key, value);
    }
  }

  /** The library's version and where it lies, for a log line. */
  public static String describe() {
    start();
    return "libtorch " + Engine.getEngine("PyTorch").getVersion() + " in " + ai.djl.pytorch.jni.LibUtils
        .getLibtorchPath();
  }

  /**
   * Settings that the library keeps per calling thread.
   *
   * @param threads
   *          intra-op threads for work started by this thread
   */
  static void prepareThread(int threads) {
    JniUtils.setNumThreads(threads);
    // The optimiser recompiles a program during its first calls and brings nothing measurable afterwards.
    JniUtils.setGraphExecutorOptimize(false);
  }

  /** To be called before anything native; {@link #leave} must follow. */
  static void enter() {
    if (exiting || CALLS.register() < 0) {
      throw new IllegalStateException("the process is ending: no more calls into libtorch");
    }
  }

  static void leave() {
    CALLS.arriveAndDeregister();
  }

  static void add(EngineThread thread) {
    THREADS.add(thread);
  }

  static void remove(EngineThread thread) {
    THREADS.remove(thread);
  }

  private static void awaitLastCall() {
    for (EngineThread thread : THREADS) {
      thread.close();
    }
    exiting = true;
    int phase = CALLS.arriveAndDeregister();
    try {
      CALLS.awaitAdvanceInterruptibly(phase, EXIT_WAIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      LOG.warn("a call into libtorch still runs after {}; ending regardless", EXIT_WAIT);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
