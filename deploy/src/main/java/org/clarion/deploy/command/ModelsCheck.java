package org.clarion.deploy.command;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.clarion.deploy.terminal.ExitCode;
import org.clarion.deploy.terminal.Screen;
import org.clarion.models.checkpoint.CheckpointException;
import org.clarion.models.checkpoint.PartLayout;
import org.clarion.models.checkpoint.PartLayouts;
import org.clarion.models.doctor.CacheKind;
import org.clarion.models.doctor.Doctor;
import org.clarion.models.doctor.MemoryPlan;
import org.clarion.models.doctor.ModelReport;
import org.clarion.models.manifest.ModelManifest;
import org.clarion.models.manifest.ModelStore;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code clarion models check}: the doctor. */
@Command(name = "check", mixinStandardHelpOptions = true, description = {
    "Examine a model by the headers of its files: every tensor's name and shape, whether the parts belong together,"
        + " what it takes in memory and whether it fits here. Weights are not read; 'models verify' checks hashes."}, footer = {
            "", "Exit codes: 0 usable, 1 not usable (each fault is named), 2 no such model or a bad manifest,",
            "4 nothing is wrong but that files are missing.", "", "Examples:",
            "  clarion models check xraygpt-vicuna-7b --context 2048 --sequences 16",
            "  clarion models check --manifest my-model.yaml --json",
            "  clarion models check ~/Downloads/pretrained_minigpt4.pth"})
final class ModelsCheck implements Callable<Integer> {
  private final Screen screen;

  @Parameters(arity = "0..1", paramLabel = "MODEL", description = "Id, manifest (.yaml), or a file or folder of weights.")
  private @Nullable String target;
  @Option(names = "--manifest", paramLabel = "FILE", description = "A manifest of your own.")
  private @Nullable Path manifest;
  @Option(names = "--context", paramLabel = "N", description = "Positions of each sequence (default: what the model allows).")
  private @Nullable Integer context;
  @Option(names = "--sequences", paramLabel = "N", description = "Sequences at a time (default: ${DEFAULT-VALUE}).", defaultValue = "1")
  private int sequences = 1;
  @Option(names = "--kv", paramLabel = "KIND", description = "Kind of the KV cache: f32, bf16 or int8 (default: ${DEFAULT-VALUE}, which 'auto' takes; without AVX-512 VNNI or a C compiler it is f32).", defaultValue = "bf16")
  private String cache = "bf16";
  @Option(names = "--ranks", paramLabel = "N", description = "Plan for 1 to N ranks (default: ${DEFAULT-VALUE}).", defaultValue = "8")
  private int ranks = 8;
  @Option(names = "--json", description = "Print the report as JSON.")
  private boolean json;

  ModelsCheck(Screen screen) {
    this.screen = screen;
  }

  @Override
  public Integer call() {
    if (target != null && manifest == null && ModelArgument.bareFiles(target)
        && !ModelArgument.isDecoder(Path.of(target))) {
      return contents(Path.of(target));
    }
    ModelManifest model = model();
    ModelReport report = Doctor.examine(model, ModelStore.standard(), question(model));
    screen.print(json ? CheckReport.json(report) : CheckReport.text(report, screen));
    return report.usable() ? ExitCode.OK : report.onlyIncomplete() ? ExitCode.MODEL_MISSING : ExitCode.FAILED;
  }

  private ModelManifest model() {
    if ((target == null) == (manifest == null)) {
      throw new CommandFailure(ExitCode.USAGE, "name either a model or --manifest FILE");
    }
    return ModelArgument.require(String.valueOf(manifest == null ? target : manifest));
  }

  private MemoryPlan.Question question(ModelManifest model) {
    int positions = context == null ? model.language().maxContext() : context;
    require(positions >= 1 && positions <= 1 << 24, "--context", positions, "1 to " + (1 << 24));
    require(sequences >= 1 && sequences <= 1 << 20, "--sequences", sequences, "1 to " + (1 << 20));
    require(ranks >= 1 && ranks <= 64, "--ranks", ranks, "1 to 64");
    try {
      return new MemoryPlan.Question(positions, sequences, CacheKind.ofWord(cache), ranks, HostMemory.available());
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, "--kv: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new CommandFailure(ExitCode.FAILED, "free memory cannot be read: " + e.getMessage(), e);
    }
  }

  private static void require(boolean holds, String option, int value, String range) {
    if (!holds) {
      throw new CommandFailure(ExitCode.USAGE, option + " is " + value + ", it must be " + range);
    }
  }

  /** A file that is one part of a model at most: what is in it, and what it would belong to. */
  private int contents(Path path) {
    try {
      PartLayouts.Contents contents = PartLayouts.contents(path);
      for (PartLayout.Extra group : contents.groups()) {
        screen.print(String.format(Locale.ROOT, "%-24s %5d tensors %12s", group.group(), group.tensors(),
            CheckReport.size(group.bytes())));
      }
      contents.llmHidden().ifPresent(hidden -> screen.print("its projection is made for a language model of width "
          + hidden));
      screen.hint("one part of a model; to check a whole one, name its id or manifest");
      return ExitCode.OK;
    } catch (CheckpointException e) {
      throw new CommandFailure(ExitCode.FAILED, String.valueOf(e.getMessage()), e);
    }
  }
}
