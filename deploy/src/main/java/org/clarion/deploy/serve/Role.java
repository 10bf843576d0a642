package org.clarion.deploy.serve;

import java.util.Arrays;
import java.util.List;

/** What a process can be. */
public enum Role {
  GATEWAY("gateway"), SCHEDULER("scheduler"), VISION_WORKER("vision-worker"), LLM_WORKER("llm-worker");

  private final String text;

  Role(String text) {
    this.text = text;
  }

  /**
   * The role of that name.
   *
   * @throws IllegalArgumentException
   *           when there is none; lists them
   */
  public static Role named(String name) {
    return Arrays.stream(values()).filter(role -> role.text.equals(name)).findFirst().orElseThrow(
        () -> new IllegalArgumentException("role '" + name + "' is none of " + names()));
  }

  /** All names. */
  public static List<String> names() {
    return Arrays.stream(values()).map(Role::toString).toList();
  }

  @Override
  public String toString() {
    return text;
  }
}
