package org.clarion.gateway.flow;

import org.clarion.gateway.api.ApiError;
import org.clarion.proto.v1.GenerateStart;

/** Where an answer goes whose request is known only once a scheduler was asked. One of the two is called, once. */
public interface Replies {
  /** The reply of an answer that was started like this; its reader has the text of the first tokens already. */
  Reply of(GenerateStart start);

  /** There is no answer to tell. */
  void refuse(ApiError error);
}
