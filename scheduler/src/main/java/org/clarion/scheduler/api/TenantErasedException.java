package org.clarion.scheduler.api;

/** The tenant's keys and entries were destroyed; nothing of it is kept until it is admitted again. */
public final class TenantErasedException extends RuntimeException {
  private final transient TenantId tenant;

  public TenantErasedException(TenantId tenant) {
    super("tenant " + tenant + " was erased");
    this.tenant = tenant;
  }

  public TenantId tenant() {
    return tenant;
  }
}
