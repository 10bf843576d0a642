package org.clarion.scheduler.api;

import java.time.Instant;
import java.util.Arrays;

/**
 * What is known of a generation beside its tokens.
 *
 * @param request
 *          as the scheduler took it, in the wire's own encoding; owned by the record, not to be changed
 * @param replica
 *          where it was placed last
 * @param sessionVersion
 *          of the session that it continues, as it was before; 0 when it opened the session
 * @param admitted
 *          when it was placed first, to the millisecond
 */
public record GenerationRecord(byte[] request, ReplicaId replica, long sessionVersion, Instant admitted) {
  /** The same at another replica. */
  public GenerationRecord at(ReplicaId other) {
    return new GenerationRecord(request, other, sessionVersion, admitted);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof GenerationRecord o && Arrays.equals(request, o.request) && replica.equals(o.replica)
        && sessionVersion == o.sessionVersion && admitted.equals(o.admitted);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(request) + 31 * replica.hashCode();
  }

  /** Without the request, which holds a patient's words. */
  @Override
  public String toString() {
    return "GenerationRecord[" + replica + ", session version " + sessionVersion + ", " + admitted + "]";
  }
}
