package org.clarion.scheduler.cluster.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The table's rules, the same in H2 and PostgreSQL. */
class DatabaseTest {
  private static final Instant NOW = Instant.ofEpochMilli(1_700_000_000_000L);
  private static final Instant LATER = NOW.plusSeconds(60);

  /** What both keep. */
  abstract static class Contract {
    abstract Database database();

    private static Row row(String id, long rank, String value, Instant until) {
      return new Row(new Row.Key("clinic", id), rank, value.getBytes(StandardCharsets.UTF_8), until);
    }

    private String value(String map, String id, Instant now) {
      List<Row> found = database().read(map, List.of(new Row.Key("clinic", id)), now);
      return found.isEmpty() ? "" : new String(found.getFirst().sealed(), StandardCharsets.UTF_8);
    }

    @Test
    void whatIsWrittenIsRead() {
      byte[] large = new byte[3 << 20];
      large[large.length - 1] = 7;
      database().write("plain", List.of(row("a", 1, "one", LATER), row("b", 1, "two", Instant.MAX),
          new Row(new Row.Key("clinic", "large"), 4, large, LATER)));
      assertThat(value("plain", "a", NOW)).isEqualTo("one");
      assertThat(value("plain", "b", LATER.plusSeconds(1_000_000))).isEqualTo("two");
      assertThat(value("other", "a", NOW)).isEmpty();
      Row found = database().read("plain", List.of(new Row.Key("clinic", "large")), NOW).getFirst();
      assertThat(found.sealed()).isEqualTo(large);
      assertThat(found.rank()).isEqualTo(4);
      assertThat(found.keptUntil()).isEqualTo(LATER);
      assertThat(database().read("plain", List.of(new Row.Key("other clinic", "a")), NOW)).isEmpty();
    }

    @Test
    void theHigherRankStays() {
      database().write("rank", List.of(row("a", 2, "second", LATER)));
      database().write("rank", List.of(row("a", 1, "late first", LATER)));
      assertThat(value("rank", "a", NOW)).isEqualTo("second");
      database().write("rank", List.of(row("a", 3, "third", LATER), row("b", 1, "beside", LATER)));
      assertThat(value("rank", "a", NOW)).isEqualTo("third");
      database().write("rank", List.of(row("a", 3, "third", LATER.plusSeconds(1))));
      assertThat(value("rank", "a", LATER)).isEqualTo("third");
    }

    @Test
    void whatIsOverIsNotReadAndGoes() {
      database().write("life", List.of(row("a", 1, "short", NOW.plusMillis(1)), row("b", 1, "long", LATER)));
      assertThat(value("life", "a", NOW)).isEqualTo("short");
      assertThat(value("life", "a", NOW.plusMillis(1))).isEmpty();
      assertThat(database().expire(NOW.plusMillis(1))).isEqualTo(1);
      assertThat(value("life", "a", NOW)).isEmpty();
      assertThat(value("life", "b", NOW)).isEqualTo("long");
    }

    @Test
    void whatIsDeletedIsGone() {
      database().write("delete", List.of(row("a", 9, "x", LATER), row("b", 1, "y", LATER)));
      database().delete("delete", List.of(new Row.Key("clinic", "a"), new Row.Key("clinic", "never there")));
      assertThat(value("delete", "a", NOW)).isEmpty();
      assertThat(value("delete", "b", NOW)).isEqualTo("y");
    }
  }

  @Nested
  class InFile extends Contract {
    @TempDir
    private static Path folder;
    private static Database database;

    @BeforeAll
    static void open() {
      database = Database.open(TestDatabases.file(folder));
    }

    @AfterAll
    static void close() {
      database.close();
    }

    @Override
    Database database() {
      return database;
    }

    @Test
    void opensAgain(@TempDir Path other) {
      try (Database first = Database.open(TestDatabases.file(other))) {
        first.write("m", List.of(new Row(new Row.Key("c", "i"), 1, new byte[]{1, 2}, LATER)));
      }
      try (Database second = Database.open(TestDatabases.file(other))) {
        assertThat(second.read("m", List.of(new Row.Key("c", "i")), NOW).getFirst().sealed()).containsExactly(1, 2);
      }
    }
  }

  @Nested
  class InPostgres extends Contract {
    private static EmbeddedPostgres server;
    private static Database database;

    @BeforeAll
    static void open() throws IOException {
      server = TestDatabases.server();
      database = Database.open(TestDatabases.of(server));
    }

    @AfterAll
    static void close() throws IOException {
      database.close();
      server.close();
    }

    @Override
    Database database() {
      return database;
    }
  }

  @Test
  void whatIsNotThereCannotBeOpened() {
    DatabaseConfig nowhere = new DatabaseConfig("jdbc:postgresql://127.0.0.1:1/clarion", "u", "secret",
        Duration.ofMinutes(1), 10);
    assertThatThrownBy(() -> Database.open(nowhere)).isInstanceOf(DatabaseException.class)
        .hasMessageContaining("jdbc:postgresql://127.0.0.1:1/clarion").hasMessageNotContaining("secret");
    assertThat(nowhere.toString()).doesNotContain("secret");
  }
}
