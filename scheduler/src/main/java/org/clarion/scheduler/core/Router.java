package org.clarion.scheduler.core;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.clarion.rpc.SplitMix64;
import org.clarion.scheduler.api.ReplicaId;
import org.clarion.scheduler.api.SessionKey;

/**
 * Chooses the replica for a generation: the one with the least work before it. A session stays where its keys and
 * values lie as long as that costs no more than the slack; equals are told apart by rendezvous hashing of the session,
 * so that a replica that leaves takes only its own sessions with it, and every router chooses alike without asking the
 * others. Pure; thread-safe.
 *
 * @param decode
 *          what an answer under way costs, in prefill positions
 * @param embedding
 *          what it saves when the images' embeddings are there already, in prefill positions
 * @param slack
 *          how much more than at the best replica a session's own replica may cost, in prefill positions
 */
public record Router(int decode, int embedding, int slack) {
  /** An answer counts as 32 positions, embeddings in place as 64; a session stays for 1024. */
  public static final Router DEFAULT = new Router(32, 64, 1024);

  public Router {
    if (decode < 0 || embedding < 0 || slack < 0) {
      throw new IllegalArgumentException(
          "decode " + decode + ", embedding " + embedding + " and slack " + slack + " must not be negative");
    }
  }

  /**
   * A replica as the router sees it for one generation.
   *
   * @param advancing
   *          whether it made progress lately, or has nothing to do
   * @param own
   *          whether the session's last turn ran there
   * @param uncached
   *          prompt positions that it would have to compute
   * @param active
   *          answers under way
   * @param queued
   *          prompt positions that wait to be computed
   * @param embedded
   *          whether it has the images' embeddings
   */
  public record Candidate(ReplicaId replica, boolean advancing, boolean own, int uncached, int active, long queued,
      boolean embedded) {}

  /** Work before the generation's first token, in prefill positions. */
  public long score(Candidate candidate) {
    return candidate.uncached() + (long) decode * candidate.active() + candidate.queued()
        - (candidate.embedded() ? embedding : 0);
  }

  /** Where a session belongs as long as loads are alike; empty for no replica. */
  public static Optional<ReplicaId> home(SessionKey session, List<ReplicaId> replicas) {
    long key = key(session);
    return replicas.stream().max(Comparator.comparingLong(replica -> SplitMix64.stir(key, replica.value())));
  }

  private static long key(SessionKey session) {
    return SplitMix64.stir(SplitMix64.stir(0, session.tenant().value()), session.id().value());
  }

  /** The place of the chosen one in the list; empty when none makes progress. */
  public Optional<Integer> choose(SessionKey session, List<Candidate> candidates) {
    int best = -1;
    int own = -1;
    long least = 0;
    long weight = 0;
    long key = key(session);
    for (int i = 0; i < candidates.size(); i++) {
      Candidate candidate = candidates.get(i);
      if (!candidate.advancing()) {
        continue;
      }
      own = candidate.own() ? i : own;
      long score = score(candidate);
      if (best >= 0 && score > least) {
        continue;
      }
      long mine = SplitMix64.stir(key, candidate.replica().value());
      if (best < 0 || score < least || mine > weight) {
        best = i;
        least = score;
        weight = mine;
      }
    }
    if (own >= 0 && score(candidates.get(own)) <= least + slack) {
      return Optional.of(own);
    }
    return best < 0 ? Optional.empty() : Optional.of(best);
  }
}
