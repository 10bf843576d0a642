package org.clarion.engine.decoder;

/**
 * Where a decoder rank has spent its time since it was loaded, in nanoseconds, as its own thread saw it: waiting for
 * the rank's other threads counts for what they do. Time in collectives and in Java is in none of the parts.
 *
 * @param linear
 *          matrix products and what is fused with them
 * @param attention
 *          scores, softmax and weighted values over the KV arena
 * @param sampling
 *          choosing among logits on the device
 * @param other
 *          the rest of what native code does: norms, rotations, conversions, copies
 * @param undivided
 *          native code that cannot tell its parts apart
 */
public record StepProfile(long linear, long attention, long sampling, long other, long undivided) {
  /** A decoder that keeps no account. */
  public static final StepProfile NONE = new StepProfile(0, 0, 0, 0, 0);

  /** All of it. */
  public long sum() {
    return linear + attention + sampling + other + undivided;
  }

  /** Both together. */
  public StepProfile plus(StepProfile more) {
    return new StepProfile(linear + more.linear, attention + more.attention, sampling + more.sampling,
        other + more.other, undivided + more.undivided);
  }

  /** What came to it since an earlier reading. */
  public StepProfile since(StepProfile earlier) {
    return new StepProfile(linear - earlier.linear, attention - earlier.attention, sampling - earlier.sampling,
        other - earlier.other, undivided - earlier.undivided);
  }
}
