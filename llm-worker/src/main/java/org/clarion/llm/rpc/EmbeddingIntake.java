package org.clarion.llm.rpc;

import java.time.Duration;
import org.clarion.llm.core.EmbeddingStore;
import org.clarion.llm.exec.Embeddings;
import org.clarion.proto.v1.PutStart;
import org.clarion.rpc.Embedding;
import org.clarion.rpc.EmbeddingReceiver;
import org.clarion.rpc.ServiceError;

/** Takes embeddings of this rank's model into its store. Thread-safe, does not block. */
public final class EmbeddingIntake implements EmbeddingReceiver.Sink {
  private final WorkerIdentity identity;
  private final Embeddings embeddings;

  public EmbeddingIntake(WorkerIdentity identity, Embeddings embeddings) {
    this.identity = identity;
    this.embeddings = embeddings;
  }

  @Override
  public void check(PutStart start) {
    int tokens = identity.limits().imageTokens();
    if (!start.getModel().equals(identity.model()) || start.getTokens() != tokens
        || start.getHidden() != identity.hidden()) {
      throw new ServiceError.InvalidArgument("wrong_embedding",
          "model " + identity.model() + " takes embeddings of " + tokens + " x " + identity.hidden() + ", not "
              + start.getTokens() + " x " + start.getHidden() + " of model " + start.getModel())
          .toException();
    }
  }

  @Override
  public boolean store(Embedding embedding) {
    for (float value : embedding.values()) {
      if (!Float.isFinite(value)) {
        // One infinity would spread through the whole step's arithmetic.
        throw new ServiceError.InvalidArgument("embedding_not_finite", "the embedding holds a value that is not finite")
            .toException();
      }
    }
    EmbeddingStore.Outcome outcome = embeddings.put(PlanReader.key(embedding.key()), embedding.values());
    return switch (outcome) {
      case STORED -> true;
      case PRESENT -> false;
      case FULL -> throw new ServiceError.Overloaded("the rank's embeddings are all in use", Duration.ofMillis(500))
          .toException();
    };
  }
}
