package org.clarion.deploy.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.clarion.deploy.serve.StateFolder;
import org.clarion.deploy.serve.YamlFile;
import org.clarion.deploy.terminal.ExitCode;
import org.clarion.scheduler.app.SchedulerConfig;
import org.clarion.scheduler.cluster.ClusterConfig;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Options that say where shared state is. */
final class StatePlace {
  @ArgGroup(multiplicity = "1")
  private Either either = new Either();

  /** One of two. */
  static final class Either {
    @Option(names = "--config", paramLabel = "FILE", description = "Settings of one of the schedulers, YAML; they may be running.")
    private @Nullable Path config;
    @Option(names = "--state", paramLabel = "DIR", description = "Folder of clarion up --state, which must not be running.")
    private @Nullable Path state;
  }

  /** How to join. */
  ClusterConfig cluster() throws IOException {
    if (either.config != null) {
      Map<String, Object> settings = new LinkedHashMap<>(YamlFile.read(either.config));
      settings.remove(ServeCommand.MANAGEMENT);
      return SchedulerConfig.parse(settings).cluster();
    }
    Path folder = either.state;
    if (folder == null || !Files.isDirectory(folder)) {
      throw new CommandFailure(ExitCode.USAGE, "--state " + folder + " is no folder");
    }
    return ClusterConfig.parse(StateFolder.settings(folder));
  }
}
