package org.clarion.scheduler.cluster;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceAware;
import java.util.concurrent.Callable;
import org.clarion.scheduler.api.TenantId;
import org.clarion.scheduler.cluster.seal.KeyRing;
import org.jspecify.annotations.Nullable;

/** Tells a member of a ring; once it answers, it uses no key that is not in it. Harmless to repeat. */
final class TellRing implements Callable<Boolean>, HazelcastInstanceAware {
  /** Where a member's instance keeps its {@link TenantKeys}. */
  static final String KEYS = "clarion.tenant-keys";

  private final String tenant;
  private final KeyRing ring;
  private @Nullable HazelcastInstance member;

  TellRing(String tenant, KeyRing ring) {
    this.tenant = tenant;
    this.ring = ring;
  }

  String tenant() {
    return tenant;
  }

  KeyRing ring() {
    return ring;
  }

  @Override
  public void setHazelcastInstance(HazelcastInstance hazelcast) {
    member = hazelcast;
  }

  @Override
  public Boolean call() {
    // A member that is starting has no keys yet, and will find this ring or a later one.
    if (member != null && member.getUserContext().get(KEYS) instanceof TenantKeys keys) {
      keys.changed(new TenantId(tenant), ring);
    }
    return true;
  }
}
