package org.clarion.deploy.chaos;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.clarion.deploy.process.Child;
import org.clarion.deploy.process.ProcessCluster;
import org.clarion.deploy.serve.Role;

/** Strikes one process, or the link before it, and mends it again. One thread. */
final class Injector {
  private final ProcessCluster cluster;
  private final FaultyLinks links;
  private final RandomGenerator random;

  Injector(ProcessCluster cluster, FaultyLinks links, RandomGenerator random) {
    this.cluster = cluster;
    this.links = links;
    this.random = random;
  }

  /** Ends a fault. */
  @FunctionalInterface
  interface Mending {
    void mend() throws IOException, InterruptedException;
  }

  /** What was struck, for the report, and how it ends. */
  record Struck(String what, Mending mending) {}

  /** Strikes. */
  Struck strike(Fault fault) throws IOException, InterruptedException {
    return switch (fault.act) {
      case NOTHING, DROP -> new Struck("", () -> {
      });
      case KILL -> {
        Child child = any(fault);
        child.kill();
        yield new Struck(child.name(), () -> restart(child));
      }
      case STOP -> {
        Child child = any(fault);
        child.stop();
        yield new Struck(child.name(), () -> restart(child));
      }
      case PAUSE -> {
        Child child = any(fault);
        child.pause(true);
        yield new Struck(child.name(), () -> child.pause(false));
      }
      case CUT -> {
        int number = number(fault);
        FaultyLink link = links.before(target(fault)).get(number);
        link.cut(true);
        yield new Struck("link to " + target(fault) + "-" + number, () -> link.cut(false));
      }
      case STALL -> {
        int number = number(fault);
        FaultyLink link = links.before(target(fault)).get(number);
        link.stall(true);
        yield new Struck("link to " + target(fault) + "-" + number, () -> link.stall(false));
      }
    };
  }

  private void restart(Child child) throws IOException, InterruptedException {
    child.awaitEnd();
    cluster.restart(child);
  }

  private Child any(Fault fault) {
    List<Child> candidates = cluster.children().stream().filter(child -> child.name().startsWith(target(fault) + "-"))
        .toList();
    return candidates.get(random.nextInt(candidates.size()));
  }

  private int number(Fault fault) {
    return random.nextInt(links.before(target(fault)).size());
  }

  private static Role target(Fault fault) {
    return Objects.requireNonNull(fault.target);
  }
}
