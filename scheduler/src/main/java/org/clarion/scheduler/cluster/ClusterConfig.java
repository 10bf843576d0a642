package org.clarion.scheduler.cluster;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.clarion.rpc.Endpoint;
import org.clarion.rpc.Settings;
import org.clarion.scheduler.cluster.database.DatabaseConfig;
import org.clarion.scheduler.cluster.seal.ClusterSecret;
import org.clarion.scheduler.cluster.seal.ClusterSecrets;
import org.jspecify.annotations.Nullable;

/**
 * How a process takes part in the cluster.
 *
 * @param name
 *          members of another name are refused; not a secret
 * @param bind
 *          the one address that the member listens on, and the others reach it at; port 0 picks a free one, which only
 *          a cluster of one can use
 * @param members
 *          where to look for members, this one included or not; empty for a cluster of one
 * @param minimumMembers
 *          below this many members nothing is written; the majority where splits are feared, 1 where two members are to
 *          survive as one
 * @param sessionIdle
 *          whole seconds
 * @param logRetention
 *          whole seconds
 * @param deadline
 *          of every call to the shared state
 * @param partitions
 *          the same at every member; few start faster
 * @param secrets
 *          the newest is the same at every member, but for the time in which it is changed
 * @param database
 *          what outlives all members; null for memory only
 */
public record ClusterConfig(String name, Endpoint bind, List<Endpoint> members, int minimumMembers,
    Duration sessionIdle, Duration logRetention, Duration deadline, int partitions, ClusterSecrets secrets,
    @Nullable DatabaseConfig database) {
  /** Key of {@link #name}; default {@code clarion}. */
  public static final String NAME = "name";
  /** Key of {@link #bind}, host:port; default {@code 127.0.0.1:0}. */
  public static final String BIND = "bind";
  /** Key of {@link #members}, a list of host:port; default none. */
  public static final String MEMBERS = "members";
  /** Key of {@link #minimumMembers}; default 1. */
  public static final String MINIMUM_MEMBERS = "minimum-members";
  /** Key of {@link #sessionIdle}, such as {@code 90s} or {@code 30m}; default 30 minutes. */
  public static final String SESSION_IDLE = "session-idle";
  /** Key of {@link #logRetention}; default 10 minutes. */
  public static final String LOG_RETENTION = "log-retention";
  /** Key of {@link #deadline}; default 5 seconds. */
  public static final String DEADLINE = "deadline";
  /** Key of {@link #partitions}; default 71. */
  public static final String PARTITIONS = "partitions";
  /**
   * Key of the file with the newest of the {@link #secrets}; by default a cluster of one makes its own, and others fail
   * to start.
   */
  public static final String SECRET_FILE = "secret-file";
  /** Key of a list of files with the secrets before it, later ones first, while it is being changed; default none. */
  public static final String PREVIOUS_SECRET_FILES = "previous-secret-files";

  public ClusterConfig {
    members = List.copyOf(members);
    if (name.isBlank()) {
      throw new IllegalArgumentException("cluster: " + NAME + " is blank");
    }
    if (Set.of("0.0.0.0", "[::]", "::", "*").contains(bind.host())) {
      throw new IllegalArgumentException("cluster: " + BIND + " " + bind + " is not one address that others can reach");
    }
    if (bind.port() == 0 && !members.isEmpty()) {
      throw new IllegalArgumentException(
          "cluster: " + BIND + " " + bind + " needs a port that " + MEMBERS + " can name");
    }
    if (minimumMembers < 1 || partitions < 1) {
      throw new IllegalArgumentException("cluster: " + MINIMUM_MEMBERS + " " + minimumMembers + " and " + PARTITIONS
          + " " + partitions + " must be at least 1");
    }
    if (database != null && database.ofOneProcess() && !members.isEmpty()) {
      throw new IllegalArgumentException("cluster: " + DatabaseConfig.URL + " " + database.url()
          + " is a file that one process has open; " + MEMBERS + " " + members + " need a server's");
    }
    requireSeconds(SESSION_IDLE, sessionIdle);
    requireSeconds(LOG_RETENTION, logRetention);
    if (deadline.compareTo(Duration.ofMillis(100)) < 0) {
      throw new IllegalArgumentException("cluster: " + DEADLINE + " " + deadline + " is less than 100 ms");
    }
  }

  /** A cluster of one on a free loopback port, with a secret of its own. */
  public static ClusterConfig embedded() {
    return parse(Map.of());
  }

  /** Whether no other process can ever take part: it names nobody, and nobody can name it. */
  public boolean alone() {
    return members.isEmpty() && bind.port() == 0;
  }

  /** How long the request of a generation is known: as long as its log, and then as long as its session may be. */
  public Duration generationLife() {
    return logRetention.plus(sessionIdle);
  }

  /** The same with another address and list of members. */
  public ClusterConfig at(Endpoint bind, List<Endpoint> members) {
    return new ClusterConfig(name, bind, members, minimumMembers, sessionIdle, logRetention, deadline, partitions,
        secrets, database);
  }

  /** The same database and secrets, for a process that is alone with them. */
  ClusterConfig asOne() {
    return new ClusterConfig(name, new Endpoint(bind.host(), 0), List.of(), 1, sessionIdle, logRetention, deadline,
        partitions, secrets, database);
  }

  /**
   * Reads the keys of this class.
   *
   * @throws IllegalArgumentException
   *           names the unknown key or the bad value
   */
  public static ClusterConfig parse(Map<String, ?> values) {
    Settings settings = new Settings("cluster", values);
    ClusterConfig config = read(settings);
    settings.done();
    return config;
  }

  /** Reads the keys of this class from a section; whoever owns it checks that there are no others. */
  public static ClusterConfig read(Settings settings) {
    Endpoint bind = settings.endpoint(BIND, "127.0.0.1:0");
    List<Endpoint> members = settings.endpoints(MEMBERS);
    String secretFile = settings.text(SECRET_FILE, "");
    DatabaseConfig database = settings.text(DatabaseConfig.URL, "").isEmpty() ? null : DatabaseConfig.read(settings);
    if (database != null && secretFile.isEmpty()) {
      throw new IllegalArgumentException("cluster: " + DatabaseConfig.URL + " needs a " + SECRET_FILE
          + ": what is sealed with a secret that ends with the process can never be read again");
    }
    return new ClusterConfig(settings.text(NAME, "clarion"), bind, members,
        (int) settings.number(MINIMUM_MEMBERS, 1, 1, 1000), settings.time(SESSION_IDLE, Duration.ofMinutes(30)),
        settings.time(LOG_RETENTION, Duration.ofMinutes(10)), settings.time(DEADLINE, Duration.ofSeconds(5)),
        (int) settings.number(PARTITIONS, 71, 1, 100_000),
        secrets(secretFile, settings.texts(PREVIOUS_SECRET_FILES), bind, members), database);
  }

  private static ClusterSecrets secrets(String file, List<String> previous, Endpoint bind, List<Endpoint> members) {
    if (!file.isEmpty()) {
      return new ClusterSecrets(ClusterSecret.read(Path.of(file)),
          previous.stream().map(Path::of).map(ClusterSecret::read).toList());
    }
    if (!previous.isEmpty()) {
      throw new IllegalArgumentException("cluster: " + PREVIOUS_SECRET_FILES + " " + previous + " need a "
          + SECRET_FILE);
    }
    if (members.stream().anyMatch(member -> !member.equals(bind))) {
      throw new IllegalArgumentException("cluster: " + MEMBERS + " " + members + " need a common " + SECRET_FILE);
    }
    return ClusterSecrets.random();
  }

  private static void requireSeconds(String key, Duration value) {
    if (value.toSeconds() < 1 || !value.equals(Duration.ofSeconds(value.toSeconds()))) {
      throw new IllegalArgumentException("cluster: " + key + " " + value + " is not a whole number of seconds");
    }
  }
}
