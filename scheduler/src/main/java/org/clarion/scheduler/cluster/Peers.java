package org.clarion.scheduler.cluster;

import com.hazelcast.cluster.Cluster;
import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.clarion.scheduler.cluster.seal.ClusterSecrets;
import org.jspecify.annotations.Nullable;

/**
 * What the members together can unwrap and read, by an attribute that each has; members of the release before have
 * none. Thread-safe, does not block.
 */
final class Peers implements MembershipListener {
  /** Names of the secrets that a member knows, separated by commas. */
  static final String SECRETS = "clarion.secrets";

  private final Cluster cluster;
  private final ClusterSecrets secrets;
  private volatile boolean namedKeys;

  Peers(Cluster cluster, ClusterSecrets secrets) {
    this.cluster = cluster;
    this.secrets = secrets;
    cluster.addMembershipListener(this);
    look();
  }

  static String attribute(ClusterSecrets secrets) {
    return String.join(",", secrets.ids());
  }

  /** Whether all members read values that name their key. */
  boolean namedKeys() {
    return namedKeys;
  }

  /** The newest of our secrets that all members know. */
  String agreed() {
    return secrets.ids().stream().filter(id -> lacking(id).isEmpty()).findFirst().orElse(secrets.ids().getFirst());
  }

  /** Members that do not know a secret, by their addresses. */
  List<String> lacking(String id) {
    List<String> lacking = new ArrayList<>();
    for (Member member : cluster.getMembers()) {
      Set<String> known = known(member);
      if (known != null && !known.contains(id)) {
        lacking.add(member.getAddress().toString());
      }
    }
    return lacking;
  }

  /**
   * Everybody has to open what the others seal.
   *
   * @throws IllegalArgumentException
   *           when a member has none of our secrets
   */
  void requireCommonSecret() {
    for (Member member : cluster.getMembers()) {
      Set<String> known = known(member);
      if (known != null && secrets.ids().stream().noneMatch(known::contains)) {
        throw new IllegalArgumentException("cluster: the member at " + member.getAddress() + " has another "
            + ClusterConfig.SECRET_FILE + ": it knows " + known + ", this process " + secrets.ids());
      }
    }
  }

  private static @Nullable Set<String> known(Member member) {
    String attribute = member.getAttribute(SECRETS);
    return attribute == null ? null : Set.of(attribute.split(","));
  }

  private void look() {
    namedKeys = cluster.getMembers().stream().allMatch(member -> member.getAttribute(SECRETS) != null);
  }

  @Override
  public void memberAdded(MembershipEvent event) {
    look();
  }

  @Override
  public void memberRemoved(MembershipEvent event) {
    look();
  }
}
