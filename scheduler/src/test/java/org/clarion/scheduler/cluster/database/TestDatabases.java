package org.clarion.scheduler.cluster.database;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** Databases for tests: a file, and a real PostgreSQL server. */
public final class TestDatabases {
  private TestDatabases() {}

  /** One that is given up soon. */
  public static DatabaseConfig file(Path folder) {
    return of(DatabaseConfig.file(folder), "clarion");
  }

  /** A server of its own on a free loopback port; started as another user where this one is root. */
  public static EmbeddedPostgres server() throws IOException {
    return EmbeddedPostgres.builder().setPGStartupWait(Duration.ofSeconds(60)).start();
  }

  public static DatabaseConfig of(EmbeddedPostgres server) {
    return of(server.getJdbcUrl("postgres", "postgres"), "postgres");
  }

  private static DatabaseConfig of(String url, String user) {
    return new DatabaseConfig(url, user, "", Duration.ofMillis(300), 100);
  }
}
