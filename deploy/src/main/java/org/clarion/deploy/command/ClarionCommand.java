package org.clarion.deploy.command;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.clarion.deploy.terminal.Screen;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;

/** The command itself; it does nothing without a sub-command. */
@Command(name = "clarion", description = "An inference cluster for medical vision-language models.", synopsisSubcommandLabel = "COMMAND", mixinStandardHelpOptions = true, versionProvider = VersionCommand.Versions.class, commandListHeading = "%nCommands:%n", footer = {
    "", "Exit codes: 0 done, 1 the result is bad, 2 wrong usage or configuration, 3 a server or the",
    "network cannot be reached, 4 a model is missing, 70 no JDK or the build failed, 130 Ctrl-C.", "",
    "Start with:  clarion demo"})
public final class ClarionCommand implements Runnable {
  @CommandLine.Spec
  private CommandLine.Model.@Nullable CommandSpec spec;

  private ClarionCommand() {}

  /** The whole command tree, printing to this screen. */
  public static CommandLine commandLine(Screen screen) {
    CommandLine line = new CommandLine(new ClarionCommand());
    line.addSubcommand(new DemoCommand(screen));
    line.addSubcommand(new UpCommand(screen));
    line.addSubcommand(new ChaosCommand(screen));
    line.addSubcommand(new ServeCommand(screen));
    line.addSubcommand(new CommandLine(new ModelsCommand(screen)).addSubcommand(new ModelsCheck(screen))
        .addSubcommand(new ModelsConvert(screen)).addSubcommand(new QualityCommand(screen)));
    line.addSubcommand(new KeysCommand(screen));
    line.addSubcommand(new TenantsCommand(screen));
    line.addSubcommand(new LoadCommand(screen));
    line.addSubcommand(new SimulateCommand(screen));
    line.addSubcommand(new CommandLine(new BenchCommand()).addSubcommand(new BenchCommand.Engine(screen)));
    line.addSubcommand(new AlignCommand(screen));
    line.addSubcommand(new EvaluateCommand(screen));
    line.addSubcommand(new CommandLine(new DataCommand()).addSubcommand(new DataCommand.Check(screen)));
    line.addSubcommand(new ParityCommand(screen));
    line.addSubcommand(new PhantomsCommand(screen));
    line.addSubcommand(new VersionCommand(screen));
    line.setUsageHelpWidth(100).setUsageHelpLongOptionsMaxWidth(34).setCaseInsensitiveEnumValuesAllowed(true);
    line.setColorScheme(CommandLine.Help.defaultColorScheme(screen.colour() ? Ansi.ON : Ansi.OFF));
    line.setOut(new PrintWriter(screen.out(), true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(screen.err(), true, StandardCharsets.UTF_8));
    return line;
  }

  @Override
  public void run() {
    throw new CommandLine.ParameterException(Objects.requireNonNull(spec).commandLine(),
        "Missing command; the list follows.");
  }
}
