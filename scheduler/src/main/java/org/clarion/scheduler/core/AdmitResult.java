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
   */
  record Accepted(long id, int cachedTokens, List<ImageHash> absentImages) implements AdmitResult {
    public Accepted {
      absentImages = List.copyOf(absentImages);
    }
  }

  /** The queue is full. */
  record Overloaded(int queued, int limit, Duration retryAfter) implements AdmitResult {}

  /** Prompt and one token do not fit, now or ever. */
  record TooLong(int promptTokens, int limit) implements AdmitResult {}
}
