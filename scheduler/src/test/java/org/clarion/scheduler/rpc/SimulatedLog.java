package org.clarion.scheduler.rpc;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.clarion.scheduler.api.ClusterUnavailableException;
import org.clarion.scheduler.api.GenerationKey;
import org.clarion.scheduler.api.TokenLog;
import org.jspecify.annotations.Nullable;

/** The token log behind a network: requests and answers are late, lost or there twice. */
final class SimulatedLog implements TokenLog {
  private final ProtocolWorld world;
  private final SimulatedOwner owner;

  SimulatedLog(ProtocolWorld world, SimulatedOwner owner) {
    this.world = world;
    this.owner = owner;
  }

  @Override
  public CompletionStage<Void> append(long epoch, List<Entry> entries) {
    return call(() -> {
      CompletionStage<Void> done = world.state.tokenLog().append(epoch, entries);
      entries.stream().filter(entry -> world.state.tokenLog().read(entry.generation(), 0).toCompletableFuture().join()
          .isPresent()).forEach(entry -> world.logChanged(entry.generation()));
      world.crashPoint(owner);
      return done;
    });
  }

  @Override
  public CompletionStage<Committed> claim(long epoch, GenerationKey generation) {
    int life = owner.life();
    return call(() -> {
      CompletionStage<Committed> done = world.state.tokenLog().claim(epoch, generation);
      if (!done.toCompletableFuture().isCompletedExceptionally()) {
        world.claimed(generation, epoch, life);
      }
      world.crashPoint(owner);
      return done;
    });
  }

  @Override
  public CompletionStage<Optional<Committed>> read(GenerationKey generation, int from) {
    return call(() -> world.state.tokenLog().read(generation, from));
  }

  @Override
  public CompletionStage<Void> expire(GenerationKey generation) {
    throw new UnsupportedOperationException("no log expires within a schedule");
  }

  private <T extends @Nullable Object> CompletableFuture<T> call(Supplier<CompletionStage<T>> there) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    Executor caller = owner.now();
    owner.later(ProtocolWorld.DEADLINE, () -> {
      if (!answer.isDone()) {
        answer.completeExceptionally(new ClusterUnavailableException("no answer in time"));
      }
    });
    Runnable arrival = () -> {
      CompletableFuture<T> done = there.get().toCompletableFuture();
      // An answer that is lost, or that finds its owner dead or standing still, is the crash point before the emission.
      world.send(() -> caller.execute(() -> {
        var _ = done.whenComplete((value, error) -> {
          if (error == null) {
            answer.complete(value);
          } else {
            answer.completeExceptionally(error);
          }
        });
      }));
    };
    world.send(arrival);
    return answer;
  }
}
