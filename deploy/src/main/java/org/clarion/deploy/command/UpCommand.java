package org.clarion.deploy.command;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.clarion.deploy.embedded.EmbeddedCluster;
import org.clarion.deploy.process.Child;
import org.clarion.deploy.process.ProcessCluster;
import org.clarion.deploy.process.ProcessCluster.Counts;
import org.clarion.deploy.serve.StateFolder;
import org.clarion.deploy.terminal.ExitCode;
import org.clarion.deploy.terminal.Logs;
import org.clarion.deploy.terminal.Screen;
import org.clarion.models.manifest.ModelManifest;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code clarion up}. */
@Command(name = "up", mixinStandardHelpOptions = true, sortOptions = false, description = "Start a cluster on this machine and serve until Ctrl-C.", footer = {
    "", "Examples:", "  clarion up", "  clarion up --state /var/lib/clarion", "  clarion up --processes",
    "  clarion up --processes --llm tiny --port 9000",
    "  clarion up --processes --devices cuda:0,cuda:1", "",
    "Exit codes: 1 the cluster did not start, 2 wrong usage, 3 the model cannot be fetched, 130 Ctrl-C."})
public final class UpCommand implements Callable<Integer> {
  private static final int MOST_REPLICAS = 16;

  private final Screen screen;

  @Option(names = "--processes", description = "Every role as a process of its own: 2 gateways, 2 schedulers for each replica, 2 vision workers, and a rank per process, or one per device of a process.")
  private boolean processes;
  @Option(names = "--collective", paramLabel = "WORD", description = "With --processes and --ranks above 1, how the ranks reach each other: shared-memory (default), grpc as between hosts, or nccl between GPUs.")
  private @Nullable String collective;
  @Option(names = "--replicas", paramLabel = "N", description = "With --processes: how many times the model runs, each time on ranks and with 2 schedulers of its own (default: 1).")
  private @Nullable Integer replicas;
  @Option(names = "--state", paramLabel = "DIR", description = "Keep sessions in this folder, so that they go on after a restart (default: in memory only). Not with --processes.")
  private @Nullable Path state;
  @Option(names = "--logs", paramLabel = "DIR", description = "Folder for a log per process (default: logs beside the script).")
  private @Nullable Path logs;
  @Mixin
  private ClusterOptions cluster = new ClusterOptions();

  UpCommand(Screen screen) {
    this.screen = screen;
  }

  @Override
  public Integer call() throws Exception {
    return UntilStopped.run(this::run);
  }

  private int run() throws IOException, InterruptedException {
    if (collective != null && !Counts.COLLECTIVES.contains(collective)) {
      throw new CommandFailure(ExitCode.USAGE,
          "--collective is '" + collective + "', not one of " + String.join(", ", Counts.COLLECTIVES));
    }
    if (collective != null && !processes) {
      throw new CommandFailure(ExitCode.USAGE,
          "--collective " + collective + " is for ranks that are processes of their own: add --processes");
    }
    if (replicas != null && (replicas < 1 || replicas > MOST_REPLICAS)) {
      throw new CommandFailure(ExitCode.USAGE, "--replicas is " + replicas + ", it must be 1 to " + MOST_REPLICAS);
    }
    if (replicas != null && !processes) {
      throw new CommandFailure(ExitCode.USAGE, "--replicas " + replicas + " is for processes: add --processes");
    }
    if (state != null && processes) {
      throw new CommandFailure(ExitCode.USAGE, "--state " + state + " is for one process: a file cannot be open in "
          + "several. Schedulers that are started by 'clarion serve' share a PostgreSQL database (docs/shared-state.md)");
    }
    Path folder = logs == null ? Logs.folder() : logs;
    Logs.toFile(folder.resolve("up.log"));
    ModelManifest model = cluster.model(screen);
    return processes ? processes(model, folder) : embedded(model);
  }

  private int embedded(ModelManifest model) throws IOException, InterruptedException {
    Map<String, Object> kept = state == null ? Map.of() : StateFolder.settings(state);
    try (EmbeddedCluster running = EmbeddedCluster.start(cluster.served(model), kept, cluster.port(screen, 1),
        screen::step)) {
      if (state != null) {
        screen.note(screen.dim("sessions are kept in " + state.toAbsolutePath()));
      }
      invite(List.of(running.address()), model);
      UntilStopped.await();
      return ExitCode.OK;
    }
  }

  private int processes(ModelManifest model, Path folder) throws IOException, InterruptedException {
    Counts standard = Counts.STANDARD;
    Counts counts = new Counts(standard.gateways(), replicas == null ? standard.replicas() : replicas,
        standard.schedulers(), standard.visionWorkers(),
        collective == null ? standard.collective() : collective);
    int port = cluster.port(screen, counts.gateways());
    screen.note(screen.dim("a log per process in " + folder));
    try (ProcessCluster running = start(model, counts, port, folder)) {
      for (Child child : running.children()) {
        screen.note(screen.dim(String.format(Locale.ROOT, "  %-18s process %d", child.name(), child.pid())));
        child.onEnd(status -> ended(child, status));
      }
      invite(running.addresses(), model);
      UntilStopped.await();
      return ExitCode.OK;
    }
  }

  /** A death that nobody asked for; the others go on. */
  private void ended(Child child, int status) {
    if (!UntilStopped.stopping()) {
      screen.warning(child.name() + " ended with status " + status);
    }
  }

  private ProcessCluster start(ModelManifest model, Counts counts, int port, Path folder) throws IOException,
      InterruptedException {
    try {
      return ProcessCluster.start(cluster.served(model), counts, port, folder, screen::step);
    } catch (IllegalStateException e) {
      throw new CommandFailure(ExitCode.FAILED, String.valueOf(e.getMessage()), e);
    }
  }

  private void invite(List<URI> addresses, ModelManifest model) {
    screen.note("");
    for (URI address : addresses) {
      screen.print("Serving " + model.id() + " at " + address + "/");
    }
    if (!model.notice().isEmpty()) {
      screen.warning(model.notice());
    }
    screen.note(screen.dim("Ctrl-C stops it."));
  }
}
