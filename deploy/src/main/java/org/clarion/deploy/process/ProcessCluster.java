package org.clarion.deploy.process;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.clarion.deploy.embedded.EmbeddedCluster.Steps;
import org.clarion.deploy.serve.Readiness;
import org.clarion.deploy.serve.Role;
import org.clarion.deploy.serve.RoleSettings;
import org.clarion.deploy.serve.RoleSettings.Served;
import org.clarion.deploy.serve.YamlFile;

/**
 * The cluster as processes of this machine: gateways, schedulers, vision workers and replicas whose ranks meet in
 * shared memory or over gRPC. Started role by role, each waiting for the addresses that it needs; stopped together. One
 * thread starts and closes it.
 */
public final class ProcessCluster implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int SECRET_BYTES = 32;

  private final Path folder;
  private final Path logs;
  private final Path group;
  private final Served served;
  private final List<Child> children = new ArrayList<>();
  private final List<URI> gateways = new ArrayList<>();

  /**
   * How many of each, and how the ranks reach each other.
   *
   * @param gateways
   *          HTTP edges
   * @param replicas
   *          groups of ranks, each with the whole model
   * @param schedulers
   *          for each replica; one owns it, and all together keep the shared state
   * @param visionWorkers
   *          encoders
   * @param collective
   *          {@code shared-memory}, {@code grpc} as between hosts, or {@code nccl} between GPUs
   */
  public record Counts(int gateways, int replicas, int schedulers, int visionWorkers, String collective) {
    /** The words for how ranks reach each other. */
    public static final List<String> COLLECTIVES = List.of("shared-memory", "grpc", "nccl");

    /** Two of everything but of the model, so that any one process may fail. */
    public static final Counts STANDARD = new Counts(2, 1, 2, 2);

    /** Ranks that meet in shared memory. */
    public Counts(int gateways, int replicas, int schedulers, int visionWorkers) {
      this(gateways, replicas, schedulers, visionWorkers, "shared-memory");
    }

    public Counts {
      if (!COLLECTIVES.contains(collective)) {
        throw new IllegalArgumentException("collective is '" + collective + "', not one of " + COLLECTIVES);
      }
      if (gateways < 1 || replicas < 1 || schedulers < 1 || visionWorkers < 1) {
        throw new IllegalArgumentException("a cluster needs at least 1 of each role, not " + gateways + " gateways, "
            + replicas + " replicas, " + schedulers + " schedulers, " + visionWorkers + " vision workers");
      }
    }
  }

  private ProcessCluster(Path folder, Path logs, Served served) {
    this.folder = folder;
    this.logs = logs;
    this.served = served;
    this.group = MeetingPlace.fresh(folder);
  }

  /**
   * Starts all processes and waits until every gateway can answer.
   *
   * @param port
   *          of the first gateway, the others follow; 0 for free ones
   * @param logs
   *          folder for a log per process
   * @throws IllegalStateException
   *           when a process does not become ready; names its log
   */
  public static ProcessCluster start(Served served, Counts counts, int port, Path logs, Steps steps) throws IOException,
      InterruptedException {
    Files.createDirectories(logs);
    ProcessCluster cluster = new ProcessCluster(Files.createTempDirectory("clarion-", PosixFilePermissions
        .asFileAttribute(PosixFilePermissions.fromString("rwx------"))), logs, served);
    try {
      cluster.open(counts, port, steps);
      return cluster;
    } catch (IOException | InterruptedException | RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  /** Where the gateways answer. */
  public List<URI> addresses() {
    return List.copyOf(gateways);
  }

  /** The processes, for reports and for faults on purpose. */
  public List<Child> children() {
    return List.copyOf(children);
  }

  /** Stops everything: all are asked at once, then waited for. */
  @Override
  public void close() {
    children.reversed().forEach(Child::stop);
    children.forEach(Child::close);
    try {
      remove(folder, "");
      Path memory = group.getParent();
      if (memory != null) {
        remove(memory, String.valueOf(group.getFileName()));
      }
    } catch (IOException e) {
      throw new IllegalStateException("cannot remove " + folder + " or " + group + "*: " + e, e);
    }
  }

  private void open(Counts counts, int port, Steps steps) throws IOException, InterruptedException {
    long start = System.nanoTime();
    List<List<Child>> replicas = new ArrayList<>();
    for (int replica = 0; replica < counts.replicas(); replica++) {
      replicas.add(ranks(replica, counts));
    }
    List<Child> visions = new ArrayList<>();
    for (int i = 0; i < counts.visionWorkers(); i++) {
      visions.add(child(Role.VISION_WORKER, i, RoleSettings.vision(served)));
    }
    List<List<String>> rankAddresses = new ArrayList<>();
    for (List<Child> ranks : replicas) {
      rankAddresses.add(await(ranks));
    }
    List<String> visionAddresses = await(visions);
    start = step(steps, rankAddresses.stream().mapToInt(List::size).sum() + " ranks, " + visions.size()
        + " vision workers", start);
    List<String> schedulerAddresses = await(schedulers(counts.schedulers(), rankAddresses));
    start = step(steps, schedulerAddresses.size() + " schedulers with their shared state", start);
    List<Child> edges = new ArrayList<>();
    for (int i = 0; i < counts.gateways(); i++) {
      edges.add(child(Role.GATEWAY, i, RoleSettings.gateway(served, port == 0 ? 0 : port + i, schedulerAddresses,
          visionAddresses)));
    }
    for (String address : await(edges)) {
      gateways.add(URI.create("http://" + address));
      Readiness.await(gateways.getLast(), PATIENCE, () -> children.stream().allMatch(Child::alive));
    }
    step(steps, gateways.size() + " gateways, and everything behind them ready", start);
  }

  /** The processes of one replica; they share its threads, and replicas share the machine's. */
  private List<Child> ranks(int replica, Counts counts) throws IOException {
    String meeting = counts.collective().equals("grpc")
        ? "127.0.0.1:" + freePorts(1).getFirst()
        : group + "-" + replica;
    Served share = served.with(Math.max(1, served.threads() / counts.replicas()));
    List<Child> ranks = new ArrayList<>();
    for (int rank = 0; rank < served.ranks(); rank += served.devices().size()) {
      ranks.add(child(Role.LLM_WORKER, replica * served.ranks() + rank,
          RoleSettings.rank(share, rank, counts.collective(), meeting)));
    }
    return ranks;
  }

  private List<Child> schedulers(int count, List<List<String>> replicas) throws IOException {
    // Members must know each other's addresses before they start.
    List<String> members = freePorts(count * replicas.size()).stream().map(port -> "127.0.0.1:" + port).toList();
    Path secret = folder.resolve("secret");
    byte[] bytes = new byte[SECRET_BYTES];
    new SecureRandom().nextBytes(bytes);
    Files.writeString(secret, HexFormat.of().formatHex(bytes));
    List<Child> schedulers = new ArrayList<>();
    for (int i = 0; i < members.size(); i++) {
      Map<String, Object> cluster = Map.of("name", "clarion-" + group.getFileName(), "bind", members.get(i), "members",
          members, "secret-file", secret.toString());
      int replica = i / count;
      schedulers.add(child(Role.SCHEDULER, i, RoleSettings.scheduler(served, replica, replicas.get(replica), cluster)));
    }
    return schedulers;
  }

  private Child child(Role role, int number, Map<String, Object> settings) throws IOException {
    String name = role + "-" + number;
    Path config = folder.resolve(name + ".yaml");
    YamlFile.write(config, settings);
    Child child = Child.start(name, logs.resolve(name + ".log"), List.of("serve", "--role", role.toString(), "--config",
        config.toString(), "--with-parent"));
    children.add(child);
    return child;
  }

  private static List<String> await(List<Child> children) throws InterruptedException {
    List<String> addresses = new ArrayList<>();
    for (Child child : children) {
      addresses.addAll(List.of(child.awaitReady(PATIENCE).split(",")));
    }
    return addresses;
  }

  private static long step(Steps steps, String what, long start) {
    long now = System.nanoTime();
    steps.done(what, Duration.ofNanos(now - start));
    return now;
  }

  /** Ports that nobody listens at now; all are held open until the last is found, so that they differ. */
  private static List<Integer> freePorts(int count) throws IOException {
    List<ServerSocket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      }
      return sockets.stream().map(ServerSocket::getLocalPort).toList();
    } finally {
      for (ServerSocket socket : sockets) {
        socket.close();
      }
    }
  }

  private static void remove(Path folder, String prefix) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(file -> String.valueOf(file.getFileName()).startsWith(prefix)).toList()) {
        Files.deleteIfExists(file);
      }
    }
    if (prefix.isEmpty()) {
      Files.delete(folder);
    }
  }
}
