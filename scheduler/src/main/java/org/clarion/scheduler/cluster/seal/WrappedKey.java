package org.clarion.scheduler.cluster.seal;

import java.util.Arrays;

/**
 * A data key as it is stored.
 *
 * @param id
 *          of the data key
 * @param ordinal
 *          of the data key
 * @param by
 *          id of the cluster secret that wraps it
 * @param wrapped
 *          12 bytes of nonce, the key, 16 of tag: AES-256-GCM, bound to tenant, id and ordinal; owned by the record,
 *          not to be changed
 */
public record WrappedKey(long id, int ordinal, String by, byte[] wrapped) {
  @Override
  public boolean equals(Object other) {
    return other instanceof WrappedKey o && id == o.id && ordinal == o.ordinal && by.equals(o.by)
        && Arrays.equals(wrapped, o.wrapped);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(id) + 31 * Arrays.hashCode(wrapped);
  }

  @Override
  public String toString() {
    return "WrappedKey[" + Long.toHexString(id) + " by " + by + "]";
  }
}
