package org.clarion.deploy.command;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import java.util.concurrent.Callable;
import org.clarion.deploy.terminal.ExitCode;
import org.clarion.deploy.terminal.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** {@code clarion version}. */
@Command(name = "version", mixinStandardHelpOptions = true, description = "Print the versions of Clarion and of what it runs on.")
public final class VersionCommand implements Callable<Integer> {
  private final Screen screen;

  VersionCommand(Screen screen) {
    this.screen = screen;
  }

  @Override
  public Integer call() throws IOException {
    for (String line : new Versions().getVersion()) {
      screen.print(line);
    }
    return ExitCode.OK;
  }

  /** The lines of {@code version} and {@code --version}. */
  static final class Versions implements IVersionProvider {
    @Override
    public String[] getVersion() throws IOException {
      Properties build = new Properties();
      try (InputStream in = VersionCommand.class.getResourceAsStream("/org/clarion/deploy/build.properties")) {
        if (in != null) {
          build.load(in);
        }
      }
      return new String[]{"Clarion " + build.getProperty("version", "(not packaged)"),
          "Java " + Runtime.version() + ", " + System.getProperty("java.vendor"),
          "libtorch " + build.getProperty("libtorch", "?") + " through DJL " + build.getProperty("djl", "?"),
          System.getProperty("os.name") + " " + System.getProperty("os.arch") + ", " + Runtime.getRuntime()
              .availableProcessors() + " processors"};
    }
  }
}
