package org.clarion.gateway.rpc;

import org.clarion.proto.v1.Attached;
import org.clarion.proto.v1.Finished;
import org.clarion.proto.v1.Placed;
import org.clarion.proto.v1.Tokens;
import org.clarion.rpc.ServiceError;

/**
 * Hears what becomes of a generation: {@code placed} or {@code attached}, {@code tokens} any number of times, and one
 * of {@code finished} and {@code failed}. One call at a time; must not block.
 */
public interface GenerationListener {
  /** A scheduler took it; once more when another one did, because the first was lost. */
  void placed(Placed placed);

  /** A scheduler knows it, of a generation that was started before; once more as with {@code placed}. */
  void attached(Attached attached);

  /** Committed tokens. The next message comes only after {@link GenerationCall#consumed}. */
  void tokens(Tokens tokens);

  /** The answer is complete. */
  void finished(Finished finished);

  /** There will be no more. */
  void failed(ServiceError error);
}
