package org.clarion.gateway.http;

import java.util.concurrent.atomic.AtomicLong;

/** Bytes of request bodies that may be in memory at once. Thread-safe. */
final class UploadBudget {
  private final long limit;
  private final AtomicLong used = new AtomicLong();

  UploadBudget(long limit) {
    this.limit = limit;
  }

  /** Reserves; false when there is no room. */
  boolean reserve(long bytes) {
    if (used.addAndGet(bytes) > limit) {
      used.addAndGet(-bytes);
      return false;
    }
    return true;
  }

  void release(long bytes) {
    used.addAndGet(-bytes);
  }
}
