package org.clarion.scheduler.cluster.database;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.clarion.rpc.Settings;

/**
 * Where sessions and embeddings are kept when all members are gone.
 *
 * @param url
 *          JDBC address of H2 ({@code jdbc:h2:file:/var/lib/clarion/state}), for a scheduler that is alone, or
 *          PostgreSQL ({@code jdbc:postgresql://host/clarion})
 * @param patience
 *          for which a database may be away before new sessions are refused
 * @param pending
 *          entries that may wait for it before they are
 */
public record DatabaseConfig(String url, String user, String password, Duration patience, int pending) {
  /** Key of {@link #url}; default none: state is in memory only. */
  public static final String URL = "database";
  /** Key of {@link #user}; default {@code clarion}. */
  public static final String USER = "database-user";
  /** Key of a file with the {@link #password}; default none. */
  public static final String PASSWORD_FILE = "database-password-file";
  /** Key of {@link #patience}; default 5 minutes. */
  public static final String PATIENCE = "database-patience";
  /** Key of {@link #pending}; default 10,000. */
  public static final String PENDING = "database-pending";

  private static final Duration DEFAULT_PATIENCE = Duration.ofMinutes(5);
  private static final int DEFAULT_PENDING = 10_000;

  public DatabaseConfig {
    if (!url.startsWith("jdbc:h2:") && !url.startsWith("jdbc:postgresql:")) {
      throw new IllegalArgumentException("cluster: " + URL + " must be a jdbc:h2: or jdbc:postgresql: address");
    }
    if (patience.isNegative()) {
      throw new IllegalArgumentException("cluster: " + PATIENCE + " " + patience + " is negative");
    }
  }

  /** {@link #url} of an H2 file in a folder. */
  public static String file(Path folder) {
    return "jdbc:h2:file:" + folder.toAbsolutePath().resolve("state");
  }

  /** Whether only one process can have it open. */
  public boolean ofOneProcess() {
    return url.startsWith("jdbc:h2:") && !url.startsWith("jdbc:h2:tcp:");
  }

  /** Reads the keys of this class from a section that has {@link #URL}. */
  public static DatabaseConfig read(Settings settings) {
    String file = settings.text(PASSWORD_FILE, "");
    return new DatabaseConfig(settings.required(URL), settings.text(USER, "clarion"),
        file.isEmpty() ? "" : password(Path.of(file)), settings.time(PATIENCE, DEFAULT_PATIENCE),
        settings.count(PENDING, DEFAULT_PENDING));
  }

  private static String password(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new IllegalArgumentException("cluster: " + PASSWORD_FILE + " " + file + " cannot be read", e);
    }
  }

  /** Without the password. */
  @Override
  public String toString() {
    return "DatabaseConfig[" + url + ", user " + user + ", patience " + patience + ", pending " + pending + "]";
  }
}
