package org.clarion.deploy.command;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.clarion.deploy.chaos.ChaosReport;
import org.clarion.deploy.chaos.ChaosRun;
import org.clarion.deploy.chaos.ChaosText;
import org.clarion.deploy.chaos.Fault;
import org.clarion.deploy.process.ProcessCluster.Counts;
import org.clarion.deploy.terminal.Bar;
import org.clarion.deploy.terminal.ExitCode;
import org.clarion.deploy.terminal.Logs;
import org.clarion.deploy.terminal.Screen;
import org.clarion.models.manifest.ModelManifest;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code clarion chaos}. */
@Command(name = "chaos", mixinStandardHelpOptions = true, sortOptions = false, description = "Start a cluster of processes, break it again and again while clients read, and check every answer to the last character.", footer = {
    "", "Each round the same clients ask the same questions about synthetic pictures; half of them sample with a seed.",
    "Meanwhile one fault strikes, at a moment that the seed draws. A client whose stream breaks goes on at another",
    "gateway. What it has in the end must be what it got without any fault.", "", "Examples:", "  clarion chaos",
    "  clarion chaos --rounds 1000 --json chaos.json", "  clarion chaos --faults kill-rank,pause-scheduler --seed 7",
    "  clarion chaos --replicas 2 --faults kill-rank",
    "  clarion chaos --faults kill-rank,kill-gateway --rounds 2 --streams 8 --requests 100", "",
    "Exit codes: 0 nothing was lost, repeated or refused, 1 something was, 2 wrong usage, 130 Ctrl-C."})
public final class ChaosCommand implements Callable<Integer> {
  private final Screen screen;

  @Option(names = "--rounds", paramLabel = "N", defaultValue = "20", description = "Faults in all (default: ${DEFAULT-VALUE}).")
  private int rounds;
  @Option(names = "--faults", split = ",", paramLabel = "NAME", description = "Which ones (default: all): none, drop-clients, kill-, stop-, pause- or cut- with gateway, scheduler, rank or vision (no cut-gateway), stall-scheduler, stall-rank.")
  private List<String> faults = List.of();
  @Option(names = "--streams", paramLabel = "N", defaultValue = "16", description = "Clients at once (default: ${DEFAULT-VALUE}).")
  private int streams;
  @Option(names = "--requests", paramLabel = "N", defaultValue = "2", description = "Of each client in a round, an even number: each picture is asked about twice (default: ${DEFAULT-VALUE}). A fault strikes when about half of them are answered.")
  private int requests;
  @Option(names = "--new-tokens", paramLabel = "N", defaultValue = "120", description = "Length of each answer (default: ${DEFAULT-VALUE}).")
  private int tokens;
  @Option(names = "--lasting", paramLabel = "S", defaultValue = "4", description = "Seconds that a pause, cut or stall lasts, and that a dead process stays away (default: ${DEFAULT-VALUE}).")
  private int lasting;
  @Option(names = "--replicas", paramLabel = "N", defaultValue = "1", description = "How many times the model runs (default: ${DEFAULT-VALUE}).")
  private int replicas;
  @Option(names = "--seed", paramLabel = "N", defaultValue = "1", description = "Of pictures, sampling and faults (default: ${DEFAULT-VALUE}).")
  private long seed;
  @Option(names = "--json", paramLabel = "FILE", description = "Write the figures as JSON too; - prints them instead of the table.")
  private @Nullable String json;
  @Option(names = "--logs", paramLabel = "DIR", description = "Folder for a log per process (default: logs beside the script).")
  private @Nullable Path logs;
  @Mixin
  private ClusterOptions cluster = new ClusterOptions();

  ChaosCommand(Screen screen) {
    this.screen = screen;
  }

  @Override
  public Integer call() throws Exception {
    return UntilStopped.run(this::run);
  }

  private int run() throws IOException, InterruptedException {
    atLeastOne("--rounds", rounds);
    atLeastOne("--streams", streams);
    if (requests < 2 || requests % 2 != 0) {
      throw new CommandFailure(ExitCode.USAGE, "--requests is " + requests + ", it must be an even number");
    }
    atLeastOne("--new-tokens", tokens);
    atLeastOne("--lasting", lasting);
    atLeastOne("--replicas", replicas);
    List<Fault> chosen = chosen();
    Path folder = logs == null ? Logs.folder() : logs;
    Logs.toFile(folder.resolve("chaos.log"));
    ModelManifest model = cluster.model(screen);
    Counts standard = Counts.STANDARD;
    ChaosRun.Order order = new ChaosRun.Order(cluster.served(model), new Counts(standard.gateways(), replicas, standard
        .schedulers(), standard.visionWorkers()), chosen, rounds, streams, requests, tokens,
        Duration.ofSeconds(lasting), seed);
    try (Bar bar = Bar.open(screen, "rounds", rounds, "", 1)) {
      ChaosReport report = new ChaosRun(order, round -> {
        bar.at(round.number());
        bar.say(round.fault().label());
        if (!round.good()) {
          screen.warning(ChaosText.sentence(round));
        }
      }).run(folder, screen::step);
      Figures.print(screen, json, ChaosText.table(report), ChaosText.figures(report));
      return report.good() ? ExitCode.OK : ExitCode.FAILED;
    } catch (IllegalStateException e) {
      throw new CommandFailure(ExitCode.FAILED, String.valueOf(e.getMessage()), e);
    }
  }

  private List<Fault> chosen() {
    try {
      return (faults.isEmpty() ? Fault.labels() : faults).stream().map(Fault::labelled).toList();
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, "--faults " + e.getMessage(), e);
    }
  }

  private static void atLeastOne(String option, int value) {
    if (value < 1) {
      throw new CommandFailure(ExitCode.USAGE, option + " is " + value + ", it must be at least 1");
    }
  }
}
