package org.clarion.scheduler.api;

/** One run of a scheduler process: a restarted process is another owner. */
public record OwnerId(String value) {
  public OwnerId {
    Ids.check("owner id", value);
  }

  @Override
  public String toString() {
    return value;
  }
}
