package org.clarion.scheduler.cluster;

import java.util.Arrays;

/** A session as it is stored: the version in the clear, the rest sealed. */
record SealedSession(long version, byte[] sealed) implements Ranked {
  boolean sameAs(SealedSession other) {
    return version == other.version && Arrays.equals(sealed, other.sealed);
  }

  @Override
  public long epoch() {
    return 0;
  }

  @Override
  public long progress() {
    return version;
  }
}
