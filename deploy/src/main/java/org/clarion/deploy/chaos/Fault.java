package org.clarion.deploy.chaos;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.clarion.deploy.serve.Role;
import org.jspecify.annotations.Nullable;

/** What is done to the cluster in a round. */
public enum Fault {
  NONE(Act.NOTHING, null), DROP_CLIENTS(Act.DROP, null), KILL_GATEWAY(Act.KILL, Role.GATEWAY), KILL_SCHEDULER(Act.KILL,
      Role.SCHEDULER), KILL_RANK(Act.KILL, Role.LLM_WORKER), KILL_VISION(Act.KILL,
          Role.VISION_WORKER), PAUSE_GATEWAY(Act.PAUSE, Role.GATEWAY), PAUSE_SCHEDULER(Act.PAUSE,
              Role.SCHEDULER), PAUSE_RANK(Act.PAUSE, Role.LLM_WORKER), PAUSE_VISION(Act.PAUSE,
                  Role.VISION_WORKER), STOP_GATEWAY(Act.STOP, Role.GATEWAY), STOP_SCHEDULER(Act.STOP,
                      Role.SCHEDULER), STOP_RANK(Act.STOP, Role.LLM_WORKER), STOP_VISION(Act.STOP,
                          Role.VISION_WORKER), CUT_SCHEDULER(Act.CUT, Role.SCHEDULER), CUT_RANK(Act.CUT,
                              Role.LLM_WORKER), CUT_VISION(Act.CUT, Role.VISION_WORKER), STALL_SCHEDULER(Act.STALL,
                                  Role.SCHEDULER), STALL_RANK(Act.STALL, Role.LLM_WORKER);

  /** How a fault strikes. */
  enum Act {
    NOTHING,
    /** Clients close their connections and come back elsewhere. */
    DROP,
    /** SIGKILL; the process is started again. */
    KILL,
    /** SIGTERM, as an upgrade does; the process is started again. */
    STOP,
    /** SIGSTOP, later SIGCONT. */
    PAUSE,
    /** Connections to the process break, and there are no new ones for a while. */
    CUT,
    /** Connections to the process stay, but nothing comes through for a while. */
    STALL
  }

  final Act act;
  final @Nullable Role target;

  Fault(Act act, @Nullable Role target) {
    this.act = act;
    this.target = target;
  }

  /** As users write it. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * The fault of that label.
   *
   * @throws IllegalArgumentException
   *           when there is none; lists them
   */
  public static Fault labelled(String label) {
    return Arrays.stream(values()).filter(fault -> fault.label().equals(label)).findAny().orElseThrow(
        () -> new IllegalArgumentException("'" + label + "' is none of " + String.join(", ", labels())));
  }

  /** All labels. */
  public static List<String> labels() {
    return Arrays.stream(values()).map(Fault::label).toList();
  }
}
