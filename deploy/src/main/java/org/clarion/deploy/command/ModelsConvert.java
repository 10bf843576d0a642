package org.clarion.deploy.command;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.clarion.deploy.convert.ConversionException;
import org.clarion.deploy.convert.ModelConversion;
import org.clarion.deploy.convert.ModelConversion.Order;
import org.clarion.deploy.convert.ModelConversion.Result;
import org.clarion.deploy.convert.TowerKind;
import org.clarion.deploy.terminal.Bar;
import org.clarion.deploy.terminal.ExitCode;
import org.clarion.deploy.terminal.Screen;
import org.clarion.engine.decoder.Precision;
import org.clarion.models.checkpoint.CheckpointException;
import org.clarion.models.manifest.ManifestException;
import org.clarion.models.manifest.ModelManifest;
import org.clarion.models.manifest.ModelStore;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code clarion models convert}. */
@Command(name = "convert", mixinStandardHelpOptions = true, sortOptions = false, description = {
    "Make a folder of a model whose weights are packed already: it starts at once, takes no more memory"
        + " than its files, and processes of one host share them."}, footer = {
            "",
            "The folder is a whole model, its manifest is model.yaml: every command that takes a model takes it. It",
            "runs in the precision and on the number of ranks that it was made for, on processors with the kernels",
            "of our own. That holds for the image tower too, unless it is copied. docs/convert.md says more.", "",
            "Exit codes: 0 done, 1 it cannot be made (no room, not this model, the folder is taken),",
            "2 wrong usage or no such model, 4 the model's files are missing, 130 Ctrl-C; nothing is left then.", "",
            "Examples:", "  clarion models convert smollm2-135m --to smollm2-int8",
            "  clarion models convert ~/models/vicuna-7b --to /data/vicuna --precision int4 --ranks 2",
            "  clarion up --llm smollm2-int8"})
final class ModelsConvert implements Callable<Integer> {
  private static final List<Precision> KINDS = List.of(Precision.INT8, Precision.INT4, Precision.BFLOAT16);

  private final Screen screen;

  @Parameters(paramLabel = "MODEL", description = "Id, manifest (.yaml), Hugging Face folder, GGUF file, or a file of weights with config.json beside it.")
  private String model = "";
  @Option(names = "--to", required = true, paramLabel = "FOLDER", description = "Where to make it; must not be there yet.")
  private Path folder = Path.of("");
  @Option(names = "--precision", paramLabel = "KIND", description = "int8, int4 or bf16 (default: ${DEFAULT-VALUE}).", defaultValue = "int8")
  private String precision = "int8";
  @Option(names = "--image-tower", paramLabel = "KIND", description = "int8, bf16, copy (values as they are, for a GPU or libtorch), or auto: as --precision, int8 where that is int4; Swin towers are copied (default: ${DEFAULT-VALUE}).", defaultValue = "auto")
  private String tower = "auto";
  @Option(names = "--ranks", paramLabel = "N", description = "Tensor-parallel ranks that will share it (default: ${DEFAULT-VALUE}).", defaultValue = "1")
  private int ranks = 1;
  @Option(names = "--force", description = "Replace a converted model that is in the folder.")
  private boolean force;

  ModelsConvert(Screen screen) {
    this.screen = screen;
  }

  @Override
  public Integer call() throws Exception {
    return UntilStopped.run(this::run);
  }

  private int run() throws IOException {
    Precision kind = Precision.ofWord(precision).filter(KINDS::contains)
        .orElseThrow(() -> new CommandFailure(ExitCode.USAGE, "--precision is " + precision + ", not one of "
            + KINDS.stream().map(Precision::word).collect(Collectors.joining(", "))));
    TowerKind towerKind = TowerKind.ofWord(tower).orElseThrow(() -> new CommandFailure(ExitCode.USAGE,
        "--image-tower is " + tower + ", not one of " + String.join(", ", TowerKind.words())));
    if (ranks < 1 || ranks > 64) {
      throw new CommandFailure(ExitCode.USAGE, "--ranks is " + ranks + ", it must be 1 to 64");
    }
    long start = System.nanoTime();
    ModelManifest manifest = ModelArgument.require(model);
    Result result;
    try (Progress progress = new Progress(screen)) {
      result = new ModelConversion(manifest, ModelStore.standard(), progress).run(new Order(folder, kind, towerKind,
          ranks, force));
    } catch (ConversionException | CheckpointException e) {
      throw new CommandFailure(ExitCode.FAILED, String.valueOf(e.getMessage()), e);
    } catch (ManifestException e) {
      throw new CommandFailure(e.code().equals("model_missing") ? ExitCode.MODEL_MISSING : ExitCode.FAILED,
          String.valueOf(e.getMessage()), e);
    } catch (ClosedByInterruptException e) {
      return ExitCode.INTERRUPTED;
    }
    screen.print(String.format(Locale.ROOT, "%s is in %s: %s for %s%s, %,d bytes, %s", result.manifest().id(),
        folder, precision, ranks == 1 ? "1 rank" : ranks + " ranks",
        result.tower().isEmpty() ? "" : ", " + result.tower(), result.bytes(),
        Screen.seconds(Duration.ofNanos(System.nanoTime() - start))));
    screen.hint(
        "try it: clarion " + (result.manifest().vision() == null ? "bench engine --model " : "demo --llm ") + folder);
    return ExitCode.OK;
  }

  /** A bar for each step. */
  private static final class Progress implements ModelConversion.Progress, AutoCloseable {
    private final Screen screen;
    private String step = "";
    private @Nullable Bar bar;

    Progress(Screen screen) {
      this.screen = screen;
    }

    @Override
    public void at(String name, long done, long total) {
      Bar shown = bar;
      if (shown == null || !name.equals(step)) {
        close();
        step = name;
        shown = Bar.open(screen, name, total, " MB", 1 << 20);
        bar = shown;
      }
      shown.at(done);
    }

    @Override
    public void close() {
      if (bar != null) {
        bar.close();
      }
    }
  }
}
