package org.clarion.deploy.command;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.clarion.deploy.serve.RoleSettings;
import org.clarion.deploy.terminal.ExitCode;
import org.clarion.deploy.terminal.Screen;
import org.clarion.engine.collective.Collectives;
import org.clarion.engine.decoder.Decoder;
import org.clarion.engine.decoder.DecoderOptions;
import org.clarion.engine.decoder.Decoders;
import org.clarion.engine.decoder.KvKind;
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.decoder.PrecisionSetting;
import org.clarion.engine.quality.QualityMeter;
import org.clarion.engine.quality.QualityScore;
import org.clarion.engine.quality.TeacherForcing;
import org.clarion.engine.script.Device;
import org.clarion.models.checkpoint.DecoderWeights;
import org.clarion.models.manifest.ModelCatalogue;
import org.clarion.models.manifest.ModelLoader;
import org.clarion.models.manifest.ModelManifest;
import org.clarion.models.manifest.ModelStore;
import org.clarion.models.tokenizer.Tokenizer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code clarion models quality}. */
@Command(name = "quality", mixinStandardHelpOptions = true, description = "Measure what smaller kinds of weights, keys and values cost: perplexity of a text, agreement with float32.", footer = {
    "", "Needs memory for the decoder in float32, and room for a temporary file of 4 bytes for each",
    "token of the text and of the vocabulary. Keys and values are f32 with f32 and f16 weights.", "", "Example:",
    "  clarion models quality smollm2-135m --kinds bf16,int8 --kv f32,int8"})
public final class QualityCommand implements Callable<Integer> {
  private static final String FORMAT = "%-8s %-6s %11s %9s %10s %12s %8s";

  private final Screen screen;

  @Parameters(paramLabel = "ID", description = "Model.")
  private String id = "";
  @Option(names = "--kinds", split = ",", paramLabel = "KIND", description = "Kinds of weights (default: ${DEFAULT-VALUE}).", defaultValue = "f16,bf16,int8,int4")
  private List<String> kinds = List.of();
  @Option(names = "--kv", split = ",", paramLabel = "KIND", description = "Kinds of keys and values (default: ${DEFAULT-VALUE}).", defaultValue = "f32,bf16,int8")
  private List<String> kvKinds = List.of();
  @Option(names = "--text", paramLabel = "FILE", description = "UTF-8 text to predict instead of the built-in one.")
  private @Nullable Path textFile;
  @Option(names = "--json", paramLabel = "FILE", description = "Write the figures to this file too.")
  private @Nullable Path json;

  QualityCommand(Screen screen) {
    this.screen = screen;
  }

  private record Line(String weights, String kv, double perplexity, double agreement, double divergence) {}

  private record Report(String model, int tokens, List<Line> kinds) {}

  private record Kind(String word, Precision precision, String kvWord, KvKind kv) {}

  @Override
  public Integer call() throws IOException {
    List<Kind> wanted = wanted();
    ModelManifest model = ModelCatalogue.standard().require(id);
    ModelStore store = ModelStore.standard();
    String prose = textFile == null ? TeacherForcing.standardText() : Files.readString(textFile);
    TeacherForcing text;
    try (Tokenizer tokenizer = ModelLoader.tokenizer(model, store)) {
      text = TeacherForcing.of(tokenizer.encodeText(prose), model.language().addBos() ? tokenizer.bosId() : -1);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, "the text cannot be measured: " + e.getMessage(), e);
    }
    List<Line> lines = new ArrayList<>();
    screen.print(screen.bold(String.format(Locale.ROOT, FORMAT, "WEIGHTS", "KV", "PERPLEXITY", "CHANGE", "AGREEMENT",
        "DIVERGENCE", "TIME")));
    try (DecoderWeights weights = ModelLoader.language(model, store);
        QualityMeter meter = reference(weights, text, lines)) {
      double reference = meter.reference().perplexity();
      for (Kind kind : wanted) {
        long start = System.nanoTime();
        try (Decoder decoder = load(weights, kind.precision(), kind.kv(), text)) {
          print(kind, meter.measure(decoder), reference, start, lines);
        }
      }
    }
    if (json != null) {
      JsonMapper.builder().build().writerWithDefaultPrettyPrinter().writeValue(json.toFile(), new Report(model.id(),
          text.predictions(), lines));
    }
    return ExitCode.OK;
  }

  private QualityMeter reference(DecoderWeights weights, TeacherForcing text, List<Line> lines) {
    long start = System.nanoTime();
    try (Decoder decoder = load(weights, Precision.FLOAT32, KvKind.FLOAT32, text)) {
      QualityMeter meter = new QualityMeter(text, decoder);
      print(new Kind("f32", Precision.FLOAT32, "f32", KvKind.FLOAT32), meter.reference(), meter.reference()
          .perplexity(), start, lines);
      return meter;
    }
  }

  private List<Kind> wanted() {
    List<Kind> wanted = new ArrayList<>();
    try {
      for (String kind : kinds) {
        Precision precision = PrecisionSetting.forDecoder(kind, Device.CPU);
        boolean fixedKv = precision == Precision.FLOAT32 || precision == Precision.FLOAT16;
        for (String kv : fixedKv ? List.of("f32") : kvKinds) {
          wanted.add(new Kind(kind, precision, kv, PrecisionSetting.forKv(kv)));
        }
      }
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
    }
    return wanted;
  }

  private static Decoder load(DecoderWeights weights, Precision precision, KvKind kv, TeacherForcing text) {
    return Decoders.load(weights, new DecoderOptions(precision, kv, text.arenaTokens(), RoleSettings.cores()),
        Collectives.single());
  }

  private void print(Kind kind, QualityScore score, double reference, long start, List<Line> lines) {
    lines.add(new Line(kind.word(), kind.kvWord(), score.perplexity(), score.agreement(), score.divergence()));
    screen.print(String.format(Locale.ROOT, FORMAT, kind.word(), kind.kvWord(),
        String.format(Locale.ROOT, "%.3f", score.perplexity()),
        String.format(Locale.ROOT, "%+.2f %%", 100 * (score.perplexity() / reference - 1)),
        String.format(Locale.ROOT, "%.2f %%", 100 * score.agreement()),
        String.format(Locale.ROOT, "%.5f", score.divergence()),
        Screen.seconds(Duration.ofNanos(System.nanoTime() - start))));
  }
}
