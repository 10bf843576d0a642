package org.clarion.scheduler.api;

/**
 * All shared state as one member sees it; closing leaves the cluster. Stores may need a key to seal or open a value: of
 * a tenant that this member has not met lately a call that blocks takes up to one more deadline for it, and one that
 * does not block completes so much later. What is stored of an erased tenant fails with {@link TenantErasedException},
 * see {@link Tenants}.
 */
public interface ClusterState extends AutoCloseable {
  SessionStore sessions();

  TokenLog tokenLog();

  GenerationStore generations();

  LeaseTable leases();

  Membership membership();

  EmbeddingStore embeddings();

  ServiceBoard service();

  Tenants tenants();

  /** Whether what is stored here outlives all members. */
  default Durability durability() {
    return Durability.NONE;
  }

  @Override
  void close();
}
