package org.clarion.deploy.command;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.clarion.deploy.demo.PictureUrl;
import org.clarion.deploy.simulate.RecordedLoad;
import org.clarion.deploy.terminal.Bar;
import org.clarion.deploy.terminal.ExitCode;
import org.clarion.deploy.terminal.Screen;
import org.clarion.loadtest.api.Arrivals;
import org.clarion.loadtest.api.LoadReport;
import org.clarion.loadtest.api.LoadSpec;
import org.clarion.loadtest.api.SuiteReport;
import org.clarion.loadtest.app.HostPolicy;
import org.clarion.loadtest.app.LoadGenerator;
import org.clarion.loadtest.app.ServerModels;
import org.clarion.loadtest.app.Suite;
import org.clarion.loadtest.app.SuiteException;
import org.clarion.loadtest.core.ReportText;
import org.clarion.loadtest.core.SuiteText;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code clarion load}. */
@Command(name = "load", mixinStandardHelpOptions = true, sortOptions = false, description = "Load an OpenAI-compatible server and report latencies and rates.", footer = {
    "", "Examples:", "  clarion load --requests 64 --concurrency 8", "  clarion load --suite --json suite.json",
    "  clarion load --base http://127.0.0.1:8080 --model smollm2-135m --rate 4 --duration 30 --image skin.jpg",
    "  clarion load --base http://127.0.0.1:8080 --model tiny --api completions --ignore-eos --json report.json", "",
    "Exit codes: 0 every request was answered, 1 some were not, 2 wrong usage, 3 the server cannot be reached."})
public final class LoadCommand implements Callable<Integer> {
  private final Screen screen;

  @Option(names = "--base", paramLabel = "URL", description = "The server (default: ${DEFAULT-VALUE}).", defaultValue = "http://127.0.0.1:8080")
  private URI base = URI.create("http://127.0.0.1:8080");
  @Option(names = "--model", paramLabel = "ID", description = "Model to ask for (default: the first that the server names).")
  private @Nullable String model;
  @Option(names = "--suite", description = "The standard workload instead: 160-token prompts, 128 new tokens, 1, 8 and 32 at once; a prefill of 1024.")
  private boolean suite;
  @Option(names = "--repeat", paramLabel = "N", description = "With --suite: measurements of each line (default: ${DEFAULT-VALUE}).", defaultValue = "3")
  private int repeat;
  @Option(names = "--api", paramLabel = "NAME", description = "chat or completions (default: ${DEFAULT-VALUE}).", defaultValue = "chat")
  private LoadSpec.Api api = LoadSpec.Api.CHAT;
  @Option(names = "--key", paramLabel = "KEY", description = "API key; better in the environment, as CLARION_API_KEY.", defaultValue = "${env:CLARION_API_KEY}")
  private @Nullable String key;
  @Option(names = {"-c",
      "--concurrency"}, paramLabel = "N", description = "Closed loop: requests at a time (default: ${DEFAULT-VALUE}).", defaultValue = "8")
  private int concurrency;
  @Option(names = {"-r",
      "--requests"}, paramLabel = "N", description = "Closed loop: requests in all (default: ${DEFAULT-VALUE}).", defaultValue = "64")
  private int requests;
  @Option(names = "--rate", paramLabel = "R", description = "Open loop instead: Poisson arrivals, R a second.")
  private @Nullable Double rate;
  @Option(names = "--duration", paramLabel = "S", description = "Open loop: seconds of arrivals (default: ${DEFAULT-VALUE}).", defaultValue = "30")
  private double duration;
  @Option(names = "--max-concurrency", paramLabel = "N", description = "Open loop: requests at a time; others wait and count as queued (default: ${DEFAULT-VALUE}).", defaultValue = "1024")
  private int maxConcurrency;
  @Option(names = {"-p",
      "--prompt"}, paramLabel = "N", description = "Words in a prompt, or tokens with --ids (default: ${DEFAULT-VALUE}).", defaultValue = "128")
  private int prompt;
  @Option(names = "--text", paramLabel = "TEXT", description = "This prompt every time, in place of random words.")
  private @Nullable String text;
  @Option(names = "--ids", paramLabel = "LOW-HIGH", description = "Send random token ids of this range (completions only).")
  private @Nullable String ids;
  @Option(names = "--image", paramLabel = "FILE", description = "JPEG, PNG or DICOM to send with each chat.")
  private @Nullable Path image;
  @Option(names = {"-n",
      "--new-tokens"}, paramLabel = "N", description = "Tokens to ask for (default: ${DEFAULT-VALUE}).", defaultValue = "64")
  private int newTokens;
  @Option(names = "--ignore-eos", description = "Ask for answers of exactly that length.")
  private boolean ignoreEos;
  @Option(names = "--seed", paramLabel = "N", description = "Of prompts and arrival times (default: ${DEFAULT-VALUE}).", defaultValue = "1")
  private long seed;
  @Option(names = "--timeout", paramLabel = "S", description = "Seconds that one request may take (default: ${DEFAULT-VALUE}).", defaultValue = "120")
  private double timeout;
  @Option(names = "--goal", split = ",", paramLabel = "NAME=MS", description = "What a good request meets, in milliseconds: ttft, tpot, e2e. Example: --goal ttft=500,tpot=50")
  private List<String> goal = List.of();
  @Option(names = "--json", paramLabel = "FILE", description = "Write the report as JSON too; - prints it instead of the table.")
  private @Nullable String json;
  @Option(names = "--record", paramLabel = "FILE", description = "Write every request's times and lengths, no texts, for clarion simulate --trace.")
  private @Nullable Path record;
  @Option(names = "--allow-host", paramLabel = "HOST", description = "Load this host although it is not this machine.")
  private List<String> allowedHosts = List.of();

  LoadCommand(Screen screen) {
    this.screen = screen;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    String asked = model == null ? firstModel() : model;
    if (suite) {
      return suite(asked);
    }
    LoadSpec spec = spec(asked);
    List<RecordedLoad.Line> lines = new ArrayList<>();
    LoadReport report = run(spec, record == null
        ? LoadGenerator.Recording.NONE
        : (sent, outcome) -> RecordedLoad.line(sent, spec.prompt().image() != null, outcome).ifPresent(lines::add));
    if (record != null) {
      RecordedLoad.write(record, lines);
    }
    Figures.print(screen, json, ReportText.table(spec, report), ReportText.json(spec, report));
    if (report.failed() == 0) {
      return ExitCode.OK;
    }
    boolean unreachable = report.completed() == 0 && report.errors().keySet().equals(Set.of("connect"));
    return unreachable ? ExitCode.UNREACHABLE : ExitCode.FAILED;
  }

  private int suite(String asked) throws IOException, InterruptedException {
    checkHost();
    try (Bar bar = Bar.open(screen, "Suite", 0, "", 1)) {
      SuiteReport report = new Suite(base, asked, key(), seed, duration(timeout), what -> {
        bar.say(what);
        if (!screen.terminal()) {
          screen.note(what);
        }
      }).run(repeat);
      Figures.print(screen, json, SuiteText.table(report), SuiteText.json(report));
      return ExitCode.OK;
    } catch (SuiteException e) {
      throw new CommandFailure(ExitCode.FAILED, String.valueOf(e.getMessage()), e);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
    }
  }

  private String firstModel() throws InterruptedException {
    checkHost();
    try {
      return ServerModels.of(base, key()).getFirst();
    } catch (IOException e) {
      throw new CommandFailure(ExitCode.UNREACHABLE, base + " does not tell its models: " + e.getMessage(), e);
    }
  }

  private void checkHost() {
    try {
      HostPolicy.check(base, Set.copyOf(allowedHosts));
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
    }
  }

  private @Nullable String key() {
    return key == null || key.isEmpty() ? null : key;
  }

  private LoadReport run(LoadSpec spec, LoadGenerator.Recording recording) throws InterruptedException {
    boolean closed = spec.arrivals() instanceof Arrivals.Closed;
    long started = System.nanoTime();
    try (Bar bar = closed
        ? Bar.open(screen, "Requests", requests, "", 1)
        : Bar.open(screen, "Seconds", (long) Math.ceil(duration), "", 1)) {
      return new LoadGenerator(spec, (done, failed, tokens) -> {
        bar.at(closed ? done : Math.min((System.nanoTime() - started) / 1_000_000_000L, (long) Math.ceil(duration)));
        bar.say(tokens + " tokens" + (failed == 0 ? "" : ", " + failed + " failed"));
      }, recording).run();
    }
  }

  private LoadSpec spec(String asked) throws IOException {
    try {
      Arrivals arrivals = rate == null
          ? new Arrivals.Closed(concurrency, requests)
          : new Arrivals.Open(rate, duration(duration), maxConcurrency);
      LoadSpec.Prompt what = new LoadSpec.Prompt(prompt, range(), text,
          image == null ? null : PictureUrl.of(ImageFile.read(image)));
      LoadSpec spec = new LoadSpec(base, api, asked, key(), arrivals, what,
          newTokens,
          ignoreEos, seed, duration(timeout), goal());
      HostPolicy.check(base, Set.copyOf(allowedHosts));
      return spec;
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
    }
  }

  private static Duration duration(double seconds) {
    return Duration.ofNanos((long) (seconds * 1e9));
  }

  private LoadSpec.@Nullable IdRange range() {
    if (ids == null) {
      return null;
    }
    int dash = ids.indexOf('-');
    try {
      return new LoadSpec.IdRange(Integer.parseInt(ids.substring(0, dash)), Integer.parseInt(ids.substring(dash + 1)));
    } catch (NumberFormatException | IndexOutOfBoundsException e) {
      throw new CommandFailure(ExitCode.USAGE, "--ids is " + ids + ", it must look like 3-31999", e);
    }
  }

  private LoadSpec.Goal goal() {
    Duration ttft = null;
    Duration tpot = null;
    Duration e2e = null;
    for (String part : goal) {
      int equals = part.indexOf('=');
      String name = equals < 0 ? part : part.substring(0, equals);
      Duration bound = millis(part, equals);
      switch (name) {
        case "ttft" -> ttft = bound;
        case "tpot" -> tpot = bound;
        case "e2e" -> e2e = bound;
        default -> throw new CommandFailure(ExitCode.USAGE, "--goal knows ttft, tpot and e2e, not " + name);
      }
    }
    return new LoadSpec.Goal(ttft, tpot, e2e);
  }

  private static Duration millis(String part, int equals) {
    try {
      return Duration.ofNanos((long) (Double.parseDouble(part.substring(equals + 1)) * 1e6));
    } catch (NumberFormatException e) {
      throw new CommandFailure(ExitCode.USAGE, "--goal part " + part + " must look like ttft=500", e);
    }
  }
}
