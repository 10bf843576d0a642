package org.clarion.gateway.rpc;

import org.clarion.proto.v1.Finished;
import org.clarion.proto.v1.Placed;
import org.clarion.proto.v1.Tokens;
import org.clarion.rpc.ServiceError;

/**
 * Hears what becomes of a generation: {@code placed}, {@code tokens} any number of times, and exactly one of
 * {@code finished} and {@code failed}. One call at a time; must not block.
 */
public interface GenerationListener {
  /** A scheduler took it. */
  void placed(Placed placed);

  /** Committed tokens. The next message comes only after {@link GenerationCall#consumed}. */
  void tokens(Tokens tokens);

  /** The answer is complete. */
  void finished(Finished finished);

  /** There will be no more. */
  void failed(ServiceError error);
}
