package org.clarion.scheduler.api;

/** A tensor-parallel group of language-model ranks. */
public record ReplicaId(String value) {
  public ReplicaId {
    Ids.check("replica id", value);
  }

  @Override
  public String toString() {
    return value;
  }
}
