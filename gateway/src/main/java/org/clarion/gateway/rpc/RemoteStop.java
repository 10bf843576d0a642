package org.clarion.gateway.rpc;

import java.util.concurrent.CompletableFuture;
import org.clarion.proto.v1.Attached;
import org.clarion.proto.v1.Finished;
import org.clarion.proto.v1.Placed;
import org.clarion.proto.v1.Tokens;
import org.clarion.rpc.ServiceError;
import org.jspecify.annotations.Nullable;

/** Reads a generation only to end it. Its listener methods come one at a time. */
final class RemoteStop implements GenerationListener {
  private final CompletableFuture<Boolean> answer = new CompletableFuture<>();
  private volatile @Nullable GenerationCall call;

  /** Sends the request to end on its way; call once. */
  void begin(GenerationCall attach) {
    call = attach;
    attach.begin();
  }

  CompletableFuture<Boolean> answer() {
    return answer;
  }

  @Override
  public void attached(Attached attached) {
    GenerationCall to = call;
    if (to == null || attached.getEnded()) {
      if (to != null) {
        to.abandon("it has ended");
      }
      answer.complete(false);
    } else {
      to.stop();
      answer.complete(true);
    }
  }

  @Override
  public void placed(Placed placed) {
    // Only a start is answered so.
  }

  @Override
  public void tokens(Tokens tokens) {
    GenerationCall to = call;
    if (to != null) {
      to.consumed();
    }
  }

  @Override
  public void finished(Finished finished) {
    answer.complete(false);
  }

  @Override
  public void failed(ServiceError error) {
    if (error instanceof ServiceError.NotFound || error instanceof ServiceError.InvalidArgument) {
      answer.complete(false);
    } else {
      answer.completeExceptionally(error.toException());
    }
  }
}
