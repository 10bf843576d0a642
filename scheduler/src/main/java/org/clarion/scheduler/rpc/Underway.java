package org.clarion.scheduler.rpc;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.clarion.scheduler.api.GenerationKey;
import org.jspecify.annotations.Nullable;

/**
 * This scheduler's generations by their names, so that a reader that lost its call finds its answer again, and how long
 * they go on while nobody reads. Thread-safe.
 */
final class Underway {
  private final ConcurrentHashMap<GenerationKey, Generation> generations = new ConcurrentHashMap<>();
  private final Duration grace;
  private final Consumer<Generation> park;

  /**
   * None yet.
   *
   * @param grace
   *          for which a generation goes on without a reader
   * @param park
   *          told of one that nobody came back for; must not block
   */
  Underway(Duration grace, Consumer<Generation> park) {
    this.grace = grace;
    this.park = park;
  }

  /** Null when the generation is the first of its name, else the one that is under way already. */
  @Nullable
  Generation begin(Generation generation) {
    return generations.putIfAbsent(generation.key, generation);
  }

  @Nullable
  Generation find(GenerationKey key) {
    return generations.get(key);
  }

  /** The generation has ended here. Harmless when repeated. */
  void end(Generation generation) {
    generations.remove(generation.key, generation);
  }

  /** A reader went away. */
  void left(Generation generation, GenerationStream reader) {
    generation.tape.leave(reader);
    int visits = generation.tape.desertedAfter();
    if (visits >= 0 && generations.get(generation.key) == generation) {
      CompletableFuture.delayedExecutor(grace.toMillis(), TimeUnit.MILLISECONDS).execute(() -> {
        if (generation.tape.desertedAfter() == visits && generations.get(generation.key) == generation) {
          park.accept(generation);
        }
      });
    }
  }
}
