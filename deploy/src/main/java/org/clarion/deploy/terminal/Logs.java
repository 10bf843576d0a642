package org.clarion.deploy.terminal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.bridge.SLF4JBridgeHandler;

/** Where log lines go. To be called before the first class with a logger is touched. */
public final class Logs {
  private static final String PREFIX = "org.slf4j.simpleLogger.";

  private Logs() {}

  /** Sends log lines into a file, which starts empty, so that the terminal stays the user's. */
  public static Path toFile(Path file) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    System.setProperty(PREFIX + "logFile", file.toString());
    detailed();
    return file;
  }

  /** Sends log lines to standard error, as services do. */
  public static void toStandardError() {
    detailed();
  }

  /** {@code logs} beside the script, or below the working folder where there is no script. */
  public static Path folder() {
    String root = System.getProperty("clarion.root");
    return Path.of(root == null ? "" : root, "logs");
  }

  private static void detailed() {
    System.setProperty(PREFIX + "defaultLogLevel", System.getenv().getOrDefault("CLARION_LOG_LEVEL", "info"));
    System.setProperty(PREFIX + "showDateTime", "true");
    System.setProperty(PREFIX + "dateTimeFormat", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX");
    System.setProperty(PREFIX + "showShortLogName", "true");
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
  }
}
