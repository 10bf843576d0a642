package org.clarion.scheduler.api;

/** A clinic; comes from the credential, never from a request's body. */
public record TenantId(String value) {
  public TenantId {
    Ids.check("tenant id", value);
  }

  @Override
  public String toString() {
    return value;
  }
}
