package org.clarion.scheduler.api;

/** One announced member of the cluster. */
public record MemberId(String value) {
  public MemberId {
    Ids.check("member id", value);
  }

  @Override
  public String toString() {
    return value;
  }
}
