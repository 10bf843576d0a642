package org.clarion.deploy.command;

import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.clarion.deploy.process.Child;
import org.clarion.deploy.process.ParentWatch;
import org.clarion.deploy.serve.Management;
import org.clarion.deploy.serve.Role;
import org.clarion.deploy.serve.RunningRole;
import org.clarion.deploy.serve.YamlFile;
import org.clarion.deploy.terminal.ExitCode;
import org.clarion.deploy.terminal.Logs;
import org.clarion.deploy.terminal.Screen;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code clarion serve}. */
@Command(name = "serve", mixinStandardHelpOptions = true, sortOptions = false, description = "Run one role until it is stopped; its log goes to standard error.", footer = {
    "", "Worked configurations of every role are in deploy/examples. All roles but the gateway take a key",
    "management: HOST:PORT for /metrics, /health/live and /health/ready; the gateway has them at its own port.", "",
    "Examples:", "  clarion serve --role gateway --config deploy/examples/gateway.yaml",
    "  clarion serve --role scheduler --config scheduler.yaml --check-config", "",
    "Exit codes: 0 stopped or the configuration is good, 1 it cannot start, 2 the configuration is wrong,",
    "4 its model is missing."})
public final class ServeCommand implements Callable<Integer> {
  /** Key beside those of the role. */
  static final String MANAGEMENT = "management";

  private final Screen screen;

  @Option(names = "--role", required = true, paramLabel = "ROLE", description = "gateway, scheduler, vision-worker or llm-worker.")
  private String role = "";
  @Option(names = "--config", required = true, paramLabel = "FILE", description = "Settings of that role, YAML.")
  private Path config = Path.of("");
  @Option(names = "--check-config", description = "Only say whether the settings are good.")
  private boolean checkOnly;
  @Option(names = "--with-parent", hidden = true, description = "End when standard input ends.")
  private boolean withParent;

  ServeCommand(Screen screen) {
    this.screen = screen;
  }

  @Override
  public Integer call() throws Exception {
    Role parsed;
    Map<String, Object> settings;
    String management;
    try {
      parsed = Role.named(role);
      settings = new LinkedHashMap<>(YamlFile.read(config));
      management = parsed == Role.GATEWAY ? null : text(settings.remove(MANAGEMENT));
      RunningRole.check(parsed, settings);
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
    }
    if (checkOnly) {
      screen.print(config + " is a good configuration of a " + parsed);
      return ExitCode.OK;
    }
    Logs.toStandardError();
    if (withParent) {
      ParentWatch.start(System.in, () -> System.exit(ExitCode.OK));
    }
    return UntilStopped.run(() -> serve(parsed, settings, management));
  }

  private int serve(Role parsed, Map<String, Object> settings, @Nullable String management) throws IOException {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    new JvmMemoryMetrics().bindTo(registry);
    try (RunningRole running = RunningRole.start(parsed, settings, registry);
        AutoCloseable edge = management == null ? () -> {
        } : Management.start(management, registry, running.ready())) {
      String host = String.valueOf(settings.getOrDefault("bind", "127.0.0.1")).replaceFirst(":[0-9]*$", "");
      screen.print(
          Child.READY + running.ports().stream().map(port -> host + ":" + port).collect(Collectors.joining(",")));
      if (edge instanceof Management http) {
        screen.note(parsed + " has metrics and health at port " + http.port());
      }
      UntilStopped.await();
    } catch (InterruptedException e) {
      return ExitCode.OK;
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(parsed + " did not stop: " + e, e);
    }
    return ExitCode.OK;
  }

  private static @Nullable String text(@Nullable Object value) {
    return value == null ? null : value.toString();
  }
}
