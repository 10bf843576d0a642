package org.clarion.engine.collective;

import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * Messages between two ranks, in order and without loss. {@link #send} and {@link #receive} belong to the rank's
 * thread, {@link #fail} and {@link #close} to any.
 */
public interface PeerLink extends AutoCloseable {
  /**
   * Part of a call.
   *
   * @param operation
   *          which call
   * @param length
   *          number of values of the whole call
   * @param values
   *          values of this part from position to limit, four bytes each, little-endian; not changed by anyone later
   */
  record Frame(int operation, int length, ByteBuffer values) {}

  /**
   * Hands a frame to the transport; waits while that is full. What {@code frame} holds may be reused afterwards.
   *
   * @throws CollectiveException
   *           when the peer has left or failed, the wait takes longer than {@code within}, or the thread is interrupted
   */
  void send(Frame frame, Duration within);

  /**
   * Waits for the peer's next frame.
   *
   * @throws CollectiveException
   *           as for {@link #send}
   */
  Frame receive(Duration within);

  /** Tells the peer why the group is broken, and ends. */
  void fail(String reason);

  /** Leaves: what was sent still arrives. Ends this side's own wait. Idempotent. */
  @Override
  void close();
}
