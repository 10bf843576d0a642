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
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
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
  private static final int FIRST_PORT = 18_000;
  private static final int LAST_PORT = 32_000;
  private static final String LOOPBACK = "127.0.0.1:";

  private final Path folder;
  private final Path logs;
  private final Path group;
  private final Served served;
  private final Wiring wiring;
  private final List<Child> children = new ArrayList<>();
  private final Set<Integer> taken = new HashSet<>();
  private final Map<String, URI> metrics = new HashMap<>();
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

  /** By which address processes are told to reach each other: a place to put faults between them. */
  @FunctionalInterface
  public interface Wiring {
    /** As they are. */
    Wiring DIRECT = (_, address) -> address;

    /**
     * What callers of a process are told.
     *
     * @param callee
     *          what listens there
     * @param address
     *          HOST:PORT that it listens at
     */
    String via(Role callee, String address) throws IOException;
  }

  private ProcessCluster(Path folder, Path logs, Served served, Wiring wiring) {
    this.folder = folder;
    this.logs = logs;
    this.served = served;
    this.wiring = wiring;
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
    return start(served, counts, port, logs, Wiring.DIRECT, steps);
  }

  /** The same, with processes that reach each other as they are told. */
  public static ProcessCluster start(Served served, Counts counts, int port, Path logs, Wiring wiring, Steps steps)
      throws IOException, InterruptedException {
    Files.createDirectories(logs);
    ProcessCluster cluster = new ProcessCluster(Files.createTempDirectory("clarion-", PosixFilePermissions
        .asFileAttribute(PosixFilePermissions.fromString("rwx------"))), logs, served, wiring);
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

  /** Where a process tells what it counts. */
  public URI metrics(Child child) {
    URI edge = metrics.get(child.name());
    return edge != null ? edge : gateways.get(gatewayNumber(child)).resolve("/metrics");
  }

  private static int gatewayNumber(Child child) {
    return Integer.parseInt(child.name().substring(child.name().lastIndexOf('-') + 1));
  }

  /**
   * Starts a process that has ended once more, with the same settings at the same address, and waits until it is ready.
   *
   * @return the new process, in the old one's place among the {@link #children}
   */
  public Child restart(Child ended) throws IOException, InterruptedException {
    int place = children.indexOf(ended);
    Child fresh = start(ended.name());
    children.set(place, fresh);
    fresh.awaitReady(PATIENCE);
    return fresh;
  }

  /** Waits until every gateway can answer. */
  public void awaitServing() throws InterruptedException {
    for (URI gateway : gateways) {
      Readiness.await(gateway, PATIENCE, () -> true);
    }
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
      rankAddresses.add(reach(Role.LLM_WORKER, ranks));
    }
    List<String> visionAddresses = reach(Role.VISION_WORKER, visions);
    start = step(steps, rankAddresses.stream().mapToInt(List::size).sum() + " ranks, " + visions.size()
        + " vision workers", start);
    List<String> schedulerAddresses = reach(Role.SCHEDULER, schedulers(counts.schedulers(), rankAddresses));
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

  /** A process at an address that it keeps when it is started again. */
  private Child child(Role role, int number, Map<String, Object> settings) throws IOException {
    String name = role + "-" + number;
    Map<String, Object> own = new LinkedHashMap<>(settings);
    List<Integer> ports = freePorts(2);
    // A process with several ranks listens at several ports, which it finds itself.
    if (String.valueOf(own.get("bind")).endsWith(":0") && served.devices().size() == 1) {
      own.put("bind", LOOPBACK + ports.getFirst());
    }
    if (role == Role.SCHEDULER) {
      own.put("advertise", wiring.via(role, String.valueOf(own.get("bind"))));
    }
    if (role != Role.GATEWAY) {
      own.put("management", LOOPBACK + ports.getLast());
      metrics.put(name, URI.create("http://" + LOOPBACK + ports.getLast() + "/metrics"));
    }
    YamlFile.write(config(name), own);
    Files.deleteIfExists(log(name));
    Child child = start(name);
    children.add(child);
    return child;
  }

  private Path log(String name) {
    return logs.resolve(name + ".log");
  }

  private Path config(String name) {
    return folder.resolve(name + ".yaml");
  }

  private Child start(String name) throws IOException {
    String role = name.substring(0, name.lastIndexOf('-'));
    return Child.start(name, log(name), List.of("serve", "--role", role, "--config", config(name)
        .toString(), "--with-parent"));
  }

  /** By which addresses these processes are reached once they are ready. */
  private List<String> reach(Role role, List<Child> callees) throws IOException, InterruptedException {
    List<String> addresses = new ArrayList<>();
    for (String address : await(callees)) {
      addresses.add(wiring.via(role, address));
    }
    return addresses;
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

  /**
   * Ports that nobody listens at now and that nobody else of this cluster got. They lie below those that the system
   * gives to outgoing connections, so that one is still free when its process is started again.
   */
  private List<Integer> freePorts(int count) throws IOException {
    List<Integer> ports = new ArrayList<>();
    for (int tries = 0; ports.size() < count; tries++) {
      if (tries > LAST_PORT - FIRST_PORT) {
        throw new IOException("no free port from " + FIRST_PORT + " to " + LAST_PORT);
      }
      int port = ThreadLocalRandom.current().nextInt(FIRST_PORT, LAST_PORT + 1);
      if (!taken.contains(port) && free(port)) {
        taken.add(port);
        ports.add(port);
      }
    }
    return ports;
  }

  private static boolean free(int port) {
    try (ServerSocket _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return true;
    } catch (IOException e) {
      return false;
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
