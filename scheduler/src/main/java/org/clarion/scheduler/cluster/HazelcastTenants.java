package org.clarion.scheduler.cluster;

import com.hazelcast.map.IMap;
import com.hazelcast.query.Predicates;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.clarion.scheduler.api.ClusterUnavailableException;
import org.clarion.scheduler.api.TenantId;
import org.clarion.scheduler.api.Tenants;
import org.clarion.scheduler.cluster.database.Database;
import org.clarion.scheduler.cluster.database.DatabaseException;
import org.clarion.scheduler.cluster.seal.ClusterSecrets;
import org.clarion.scheduler.cluster.seal.KeyMaker;
import org.clarion.scheduler.cluster.seal.KeyRing;
import org.clarion.scheduler.cluster.seal.SealBrokenException;
import org.clarion.scheduler.cluster.seal.WrappedKey;
import org.jspecify.annotations.Nullable;

/** What is done with the keys of tenants by an operator. Methods block; thread-safe. */
public final class HazelcastTenants implements Tenants {
  /** What there is of a tenant: how many keys, and the secrets that wrap them. */
  public record Status(int keys, List<String> wrappedBy, boolean erased) {}

  /** Told how far something is. */
  public interface Progress {
    void done(int done, int total);
  }

  private final KeyRings rings;
  private final TenantKeys keys;
  private final KeyMaker maker;
  private final ClusterSecrets secrets;
  private final Peers peers;
  private final KeyNews news;
  private final List<IMap<StoreKey, ?>> maps;
  private final Calls calls;
  private final @Nullable Database database;

  HazelcastTenants(KeyRings rings, TenantKeys keys, KeyMaker maker, ClusterSecrets secrets, Peers peers, KeyNews news,
      List<IMap<StoreKey, ?>> maps,
      Calls calls, @Nullable Database database) {
    this.rings = rings;
    this.keys = keys;
    this.maker = maker;
    this.secrets = secrets;
    this.peers = peers;
    this.news = news;
    this.maps = maps;
    this.calls = calls;
    this.database = database;
  }

  /**
   * The keys go first, at every member: whatever keeps this from going on, nothing can be read any more. Then what is
   * stored: in the database, in memory, and once more in the database, where a write may have been under way.
   *
   * @throws IllegalStateException
   *           while members of the release before are there, which read without stored keys
   */
  @Override
  public void erase(TenantId tenant) {
    if (!peers.namedKeys()) {
      throw new IllegalStateException("members of an older release read tenant " + tenant
          + " without stored keys: bring all to this one first");
    }
    news.tell(tenant, rings.change(tenant, ring -> ring.filter(KeyRing::erased).orElseGet(
        () -> ring.orElseGet(() -> maker.first(tenant)).destroyed())));
    forgetSaved(tenant);
    for (IMap<StoreKey, ?> map : maps) {
      for (StoreKey key : calls.blocking("looking for entries of tenant " + tenant,
          () -> map.keySet(Predicates.equal("__key.tenant", tenant.value())))) {
        calls.make("removing an entry of tenant " + tenant, () -> map.deleteAsync(key));
      }
    }
    forgetSaved(tenant);
  }

  private void forgetSaved(TenantId tenant) {
    if (database != null) {
      try {
        database.deleteAll(tenant.value());
      } catch (DatabaseException e) {
        throw new ClusterUnavailableException("the keys of tenant " + tenant + " are destroyed, but not all of its "
            + "entries are deleted: " + e.getMessage(), e);
      }
    }
  }

  @Override
  public void admit(TenantId tenant) {
    news.tell(tenant, rings.change(tenant, ring -> ring.map(erased -> maker.admitted(tenant, erased))
        .orElseGet(() -> maker.first(tenant))));
  }

  @Override
  public void renewKey(TenantId tenant) {
    news.tell(tenant, rings.change(tenant, ring -> ring.map(known -> maker.renewed(tenant, known))
        .orElseGet(() -> maker.first(tenant))));
  }

  @Override
  public void whenErased(Consumer<TenantId> listener) {
    keys.whenErased(listener);
  }

  /** Every tenant that was ever served, by name. */
  public Map<TenantId, Status> all() {
    Map<TenantId, Status> all = new TreeMap<>(Comparator.comparing(TenantId::value));
    rings.all().forEach((tenant, ring) -> all.put(tenant, new Status(ring.keys().size(),
        ring.keys().stream().map(WrappedKey::by).distinct().sorted().toList(), ring.erased())));
    return all;
  }

  /** Name of the secret that new keys are to be wrapped with. */
  public String newestSecret() {
    return secrets.ids().getFirst();
  }

  /**
   * Wraps all keys with the newest secret, after which those before it can go. Harmless when repeated.
   *
   * @return tenants whose keys cannot be unwrapped here, since none of the known secrets wraps them
   * @throws IllegalStateException
   *           while there are members that do not know it
   */
  public List<TenantId> rewrap(Progress progress) {
    List<String> lacking = peers.lacking(newestSecret());
    if (!lacking.isEmpty()) {
      throw new IllegalStateException("the members at " + lacking + " do not know cluster secret " + newestSecret()
          + " yet: configure it there first");
    }
    List<TenantId> tenants = List.copyOf(rings.all().keySet());
    List<TenantId> foreign = new ArrayList<>();
    for (int i = 0; i < tenants.size(); i++) {
      TenantId tenant = tenants.get(i);
      try {
        rings.change(tenant, ring -> maker.rewrapped(tenant, ring.orElseThrow()));
      } catch (SealBrokenException _) {
        foreign.add(tenant);
      }
      progress.done(i + 1, tenants.size());
    }
    return foreign;
  }
}
