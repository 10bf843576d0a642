package org.clarion.scheduler.api;

/** All shared state as one member sees it; closing leaves the cluster. */
public interface ClusterState extends AutoCloseable {
  SessionStore sessions();

  TokenLog tokenLog();

  GenerationStore generations();

  LeaseTable leases();

  Membership membership();

  EmbeddingStore embeddings();

  ServiceBoard service();

  /** Whether what is stored here outlives all members. */
  default Durability durability() {
    return Durability.NONE;
  }

  @Override
  void close();
}
