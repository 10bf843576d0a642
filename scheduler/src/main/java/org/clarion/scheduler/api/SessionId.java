package org.clarion.scheduler.api;

/** One conversation of a tenant. */
public record SessionId(String value) {
  public SessionId {
    Ids.check("session id", value);
  }

  @Override
  public String toString() {
    return value;
  }
}
