package org.clarion.deploy.command;

import java.io.IOException;
import java.nio.file.Path;
import org.clarion.deploy.terminal.ExitCode;
import org.clarion.deploy.terminal.Screen;
import org.clarion.gateway.tenant.ApiKeys;
import org.clarion.gateway.tenant.Tenant;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code clarion keys}. */
@Command(name = "keys", mixinStandardHelpOptions = true, synopsisSubcommandLabel = "COMMAND", description = "Make API keys. A key names a clinic; the file holds only its hash.", footer = {
    "", "Example:", "  clarion keys add --tenant st-mary --name \"front desk\" --file keys.yaml"})
public final class KeysCommand implements Runnable {
  private final Screen screen;

  KeysCommand(Screen screen) {
    this.screen = screen;
  }

  @Override
  public void run() {
    throw new CommandFailure(ExitCode.USAGE, "keys needs a command: keys add --tenant ID --name TEXT --file FILE");
  }

  @Command(mixinStandardHelpOptions = true, description = "Make a key, add its hash to the file, and print the key this once.")
  int add(
      @Option(names = "--tenant", required = true, paramLabel = "ID", description = "Clinic that the key stands for.") String tenant,
      @Option(names = "--name", required = true, paramLabel = "TEXT", description = "Who holds the key.") String name,
      @Option(names = "--file", required = true, paramLabel = "FILE", description = "Key file of the gateways; made where it is missing.") Path file)
      throws IOException {
    try {
      screen.print(ApiKeys.create(file, new Tenant(tenant), name));
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, String.valueOf(e.getMessage()), e);
    }
    screen.note("keep it: " + file + " holds only its hash. Gateways read the file when they start.");
    return ExitCode.OK;
  }
}
