package org.clarion.scheduler.core;

import java.time.Duration;
import java.util.List;
import org.clarion.scheduler.api.ImageHash;

/** What became of a {@link GenerationRequest}. */
public sealed interface AdmitResult {
  /**
   * In the queue.
   *
   * @param id
   *          names the generation from now on
   * @param cachedTokens
   *          prompt positions whose keys and values are there; less when they are evicted before the generation starts
   * @param absentImages
   *          images that no rank is known to hold: the generation starts after {@link Scheduler#embeddingReady} of each
   * @param firstToken
   *          predicted time to its first token, images excepted; zero as long as too few steps were seen to predict
   */
  record Accepted(long id, int cachedTokens, List<ImageHash> absentImages, Duration firstToken)
      implements
        AdmitResult {
    public Accepted {
      absentImages = List.copyOf(absentImages);
    }
  }

  /** The queue is full. */
  record Overloaded(int queued, int limit, Duration retryAfter) implements AdmitResult {}

  /**
   * The first token would come too late to be of use.
   *
   * @param predicted
   *          time to it
   * @param limit
   *          the class's longest wait, or the request's own timeout
   */
  record TooLate(Duration predicted, Duration limit, Duration retryAfter) implements AdmitResult {}

  /** Prompt and one token do not fit, now or ever. */
  record TooLong(int promptTokens, int limit) implements AdmitResult {}
}
