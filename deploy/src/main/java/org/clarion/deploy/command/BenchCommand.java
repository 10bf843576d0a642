package org.clarion.deploy.command;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.clarion.deploy.terminal.Bar;
import org.clarion.deploy.terminal.ExitCode;
import org.clarion.deploy.terminal.Screen;
import org.clarion.engine.bench.BenchReport;
import org.clarion.engine.bench.BenchShapes;
import org.clarion.engine.bench.BenchText;
import org.clarion.engine.bench.DecoderWorkload;
import org.clarion.engine.bench.EngineBench;
import org.clarion.engine.decoder.DecoderOptions;
import org.clarion.engine.decoder.PrecisionSetting;
import org.clarion.engine.script.Device;
import org.clarion.engine.vision.TowerOptions;
import org.clarion.models.architecture.DecoderConfig;
import org.clarion.models.architecture.VisionConfig;
import org.clarion.models.checkpoint.CheckpointException;
import org.clarion.models.checkpoint.ConvertedDecoder;
import org.clarion.models.checkpoint.DecoderWeights;
import org.clarion.models.checkpoint.VisionWeights;
import org.clarion.models.manifest.ManifestException;
import org.clarion.models.manifest.ModelCatalogue;
import org.clarion.models.manifest.ModelLoader;
import org.clarion.models.manifest.ModelManifest;
import org.clarion.models.manifest.ModelStore;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code clarion bench}: what only measures. */
@Command(name = "bench", mixinStandardHelpOptions = true, synopsisSubcommandLabel = "COMMAND", description = "Measure the engine on this machine.")
public final class BenchCommand implements Runnable {
  @Spec
  private @Nullable CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(Objects.requireNonNull(spec).commandLine(), "Missing command; the list follows.");
  }

  /** {@code clarion bench engine}. */
  @Command(name = "engine", mixinStandardHelpOptions = true, sortOptions = false, description = "Time the engine alone: decode steps, prefills or image encodes, beside the machine's roofs.", footer = {
      "", "GB/s and TFLOP/s count what a call must read and compute at least; the roofs are measured in the same",
      "run. Weights are made up unless --model names one that is here.", "", "Examples:",
      "  clarion bench engine --shape 1.1b --precision int8",
      "  clarion bench engine --shape 7b --batch 1,8 --prefill 160",
      "  clarion bench engine --shape eva-g --precision bf16 --json eva.json",
      "  clarion bench engine --model smollm2-135m --ranks 2",
      "  clarion bench engine --model xraygpt-int8 --image-tower", "",
      "Exit codes: 0 done, 2 wrong usage, 4 the model's files are missing."})
  public static final class Engine implements Callable<Integer> {
    private static final int IMAGE_SIZE = 224;
    private static final int LLM_HIDDEN = 4096;

    private final Screen screen;

    @Option(names = "--shape", paramLabel = "NAME", description = "smollm2, 1.1b, 7b, 13b, eva-g or eva-small (default: 1.1b).")
    private @Nullable String shape;
    @Option(names = "--model", paramLabel = "ID|FILE", description = "The decoder of a model that is here, or of a manifest of your own, in place of made-up weights.")
    private @Nullable String model;
    @Option(names = "--image-tower", description = "Time the image tower of --model and not its decoder.")
    private boolean imageTower;
    @Option(names = "--precision", paramLabel = "KIND", description = "Kind of the weights, auto or one of the kinds of 'clarion up' (default: ${DEFAULT-VALUE}).", defaultValue = "auto")
    private String precision = "auto";
    @Option(names = "--kv", paramLabel = "KIND", description = "Kind of keys and values: auto, f32, bf16 or int8 (default: ${DEFAULT-VALUE}).", defaultValue = "auto")
    private String kv = "auto";
    @Option(names = "--device", paramLabel = "NAME", description = "Where to compute: cpu, cuda or cuda:N (default: ${DEFAULT-VALUE}).", defaultValue = "cpu")
    private String device = "cpu";
    @Option(names = "--threads", paramLabel = "N", description = "Threads of all ranks together (default: one per core).")
    private @Nullable Integer threads;
    @Option(names = "--ranks", paramLabel = "N", description = "Tensor-parallel ranks, each a thread group of this process (default: 1, or what a converted model was made for).")
    private @Nullable Integer ranks;
    @Option(names = "--batch", split = ",", paramLabel = "N", description = "Sequences of a decode step, or images of an encode (default: 1,8,32; images 1,4).")
    private List<Integer> batches = List.of();
    @Option(names = "--context", paramLabel = "N", description = "Positions behind each sequence of a decode step (default: ${DEFAULT-VALUE}).", defaultValue = "160")
    private int context;
    @Option(names = "--prefill", split = ",", paramLabel = "N", description = "Tokens of a prompt that is computed in one step; 0 for none (default: 160,1024).")
    private List<Integer> prefills = List.of(160, 1024);
    @Option(names = "--seconds", paramLabel = "S", description = "How long each line is repeated (default: ${DEFAULT-VALUE}).", defaultValue = "5")
    private double seconds;
    @Option(names = "--json", paramLabel = "FILE", description = "Write the figures as JSON too; - prints them instead of the table.")
    private @Nullable String json;

    Engine(Screen screen) {
      this.screen = screen;
    }

    @Override
    public Integer call() throws IOException {
      BenchReport report = report();
      Figures.print(screen, json, BenchText.table(report), BenchText.json(report));
      return ExitCode.OK;
    }

    private BenchReport report() {
      int all = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
      if (ranks != null) {
        requireThreads(ranks, all);
      }
      String name = shape == null ? "1.1b" : shape;
      try (Bar bar = Bar.open(screen, "Benchmark", 0, "", 1)) {
        EngineBench bench = new EngineBench(all, seconds, what -> {
          bar.say(what);
          if (!screen.terminal()) {
            screen.note(what);
          }
        });
        VisionConfig tower = model == null ? BenchShapes.towers().get(name) : null;
        if (imageTower) {
          return tower(bench, manifest());
        }
        return tower == null ? decoder(bench, name, all) : tower(bench, name, tower);
      } catch (IllegalArgumentException e) {
        throw new CommandFailure(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
      }
    }

    private BenchReport tower(EngineBench bench, String name, VisionConfig tower) {
      try (VisionWeights weights = VisionWeights.random(tower, IMAGE_SIZE, LLM_HIDDEN, 1)) {
        return tower(bench, name, weights, IMAGE_SIZE);
      }
    }

    private BenchReport tower(EngineBench bench, ModelManifest manifest) {
      ModelManifest.Vision vision = manifest.vision();
      if (vision == null) {
        throw new CommandFailure(ExitCode.USAGE, "model " + manifest.id() + " has no image tower");
      }
      ModelStore store = ModelStore.standard();
      int hidden;
      try (DecoderWeights decoder = opened(() -> ModelLoader.language(manifest, store))) {
        hidden = decoder.config().hidden();
      }
      try (VisionWeights weights = opened(() -> ModelLoader.vision(manifest, store, hidden))) {
        return tower(bench, manifest.id(), weights, vision.imageSize());
      } catch (CheckpointException e) {
        throw new CommandFailure(ExitCode.FAILED, String.valueOf(e.getMessage()), e);
      }
    }

    private BenchReport tower(EngineBench bench, String name, VisionWeights weights, int imageSize) {
      return bench.tower(name, weights, imageSize,
          new TowerOptions(PrecisionSetting.forImageTower(precision, where(), weights), bench.threads(), where()),
          batches.isEmpty() ? List.of(1, 4) : batches);
    }

    private BenchReport decoder(EngineBench bench, String name, int all) {
      DecoderWorkload workload = new DecoderWorkload(batches.isEmpty() ? List.of(1, 8, 32) : batches, context,
          prefills.stream().filter(tokens -> tokens != 0).toList(), seconds);
      try (DecoderWeights weights = weights(name)) {
        int count = ranks != null
            ? ranks
            : weights instanceof ConvertedDecoder converted ? converted.header().ranks() : 1;
        requireThreads(count, all);
        DecoderOptions options = new DecoderOptions(PrecisionSetting.forDecoder(precision, where(), weights),
            PrecisionSetting.forKv(kv), workload.arenaTokens(), all / count, where());
        return bench.decoder(model == null ? name + " shape" : model, weights, options, count, workload);
      }
    }

    private static void requireThreads(int ranks, int all) {
      if (all < 1 || ranks < 1 || ranks > all) {
        throw new CommandFailure(ExitCode.USAGE, "--ranks is " + ranks + " and --threads " + all
            + ": each rank needs a thread");
      }
    }

    private Device where() {
      return new Device(device);
    }

    private DecoderWeights weights(String name) {
      if (model == null) {
        DecoderConfig config = BenchShapes.decoders().get(name);
        if (config == null) {
          throw new CommandFailure(ExitCode.USAGE, "--shape is " + name + ", not one of "
              + String.join(", ", BenchShapes.decoders().keySet()) + ", "
              + String.join(", ", BenchShapes.towers().keySet()));
        }
        return DecoderWeights.random(config, 1);
      }
      ModelManifest manifest = manifest();
      return opened(() -> ModelLoader.language(manifest, ModelStore.standard()));
    }

    private ModelManifest manifest() {
      if (model == null) {
        throw new CommandFailure(ExitCode.USAGE, "--image-tower needs --model: which one's?");
      }
      String wanted = model;
      return opened(() -> ModelCatalogue.standard().require(wanted));
    }

    private static <T> T opened(Supplier<T> opening) {
      try {
        return opening.get();
      } catch (ManifestException e) {
        throw new CommandFailure(e.code().equals("model_missing") ? ExitCode.MODEL_MISSING : ExitCode.USAGE,
            String.valueOf(e.getMessage()), e);
      } catch (CheckpointException e) {
        throw new CommandFailure(ExitCode.FAILED, String.valueOf(e.getMessage()), e);
      }
    }
  }
}
