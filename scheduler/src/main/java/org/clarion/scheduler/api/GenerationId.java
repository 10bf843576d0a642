package org.clarion.scheduler.api;

/** One answer being made: the life of one {@code Generate} call and of its resumptions. */
public record GenerationId(String value) {
  public GenerationId {
    Ids.check("generation id", value);
  }

  @Override
  public String toString() {
    return value;
  }
}
