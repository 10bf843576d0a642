package org.clarion.scheduler.cluster.seal;

import java.util.ArrayList;
import java.util.List;
import org.clarion.scheduler.api.TenantId;

/** Keys of a list, the last one for new values, whoever the tenant is. */
final class HeldKeys implements DataKeys {
  final List<DataKey> keys = new ArrayList<>();

  HeldKeys(DataKey... keys) {
    this.keys.addAll(List.of(keys));
  }

  @Override
  public DataKey sealing(TenantId tenant) {
    return keys.getLast();
  }

  @Override
  public DataKey sealingAtHand(TenantId tenant) {
    return keys.getLast();
  }

  @Override
  public DataKey opening(TenantId tenant, long id) {
    return keys.stream().filter(key -> key.id() == id).findAny()
        .orElseThrow(() -> new SealBrokenException("tenant " + tenant + " has no key " + id));
  }
}
