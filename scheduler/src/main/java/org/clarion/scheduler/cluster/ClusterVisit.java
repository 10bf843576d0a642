package org.clarion.scheduler.cluster;

import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import org.clarion.scheduler.api.ClusterUnavailableException;
import org.clarion.scheduler.cluster.database.Database;
import org.clarion.scheduler.cluster.database.DatabaseConfig;
import org.jspecify.annotations.Nullable;

/** An operator's look in on a cluster, from a process that holds nothing of it and leaves at any time. */
public final class ClusterVisit implements AutoCloseable {
  private final HazelcastTenants tenants;
  private final Runnable leaving;

  private ClusterVisit(HazelcastTenants tenants, Runnable leaving) {
    this.tenants = tenants;
    this.leaving = leaving;
  }

  /**
   * Joins the members that a scheduler with this configuration would join, and that scheduler. When nobody is there,
   * what its database holds is all that there is. Blocks for some seconds.
   *
   * @throws ClusterUnavailableException
   *           when there is neither a member nor a database
   * @throws org.clarion.scheduler.cluster.database.DatabaseException
   *           when the database cannot be opened
   */
  public static ClusterVisit of(ClusterConfig config) {
    ClusterVisit visit = config.alone() ? null : join(config);
    if (visit != null) {
      return visit;
    }
    if (config.database() == null) {
      throw new ClusterUnavailableException("no member of cluster " + config.name() + " answers at " + config.bind()
          + " or " + config.members());
    }
    HazelcastCluster alone = HazelcastCluster.start(config.asOne());
    return new ClusterVisit(alone.tenants(), alone::close);
  }

  /** Null when nobody is there. */
  private static @Nullable ClusterVisit join(ClusterConfig config) {
    DatabaseConfig place = config.database();
    Database database = place == null ? null : Database.open(place);
    HazelcastInstance member = null;
    boolean joined = false;
    try {
      member = Hazelcast.newHazelcastInstance(HazelcastSettings.visiting(config));
      if (member.getCluster().getMembers().stream().allMatch(one -> one.isLiteMember())) {
        return null;
      }
      MemberKeys keys = new MemberKeys(member, config, database, new Calls(config.deadline()));
      joined = true;
      HazelcastInstance visitor = member;
      return new ClusterVisit(keys.tenants(), () -> {
        keys.close();
        leave(visitor, database);
      });
    } finally {
      if (!joined) {
        leave(member, database);
      }
    }
  }

  private static void leave(@Nullable HazelcastInstance member, @Nullable Database database) {
    if (member != null) {
      member.shutdown();
    }
    if (database != null) {
      database.close();
    }
  }

  public HazelcastTenants tenants() {
    return tenants;
  }

  @Override
  public void close() {
    leaving.run();
  }
}
