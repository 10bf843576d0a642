package org.clarion.engine.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class EngineThreadTest {
  @Test
  void tasksRunInOrderOnOneNamedThread() throws Exception {
    List<Integer> order = new ArrayList<>();
    try (EngineThread thread = EngineThread.start("decoder-0", 10)) {
      CompletableFuture<String> last = CompletableFuture.completedFuture("");
      for (int i = 0; i < 5; i++) {
        int n = i;
        last = thread.submit(() -> {
          order.add(n);
          return Thread.currentThread().getName();
        });
      }
      assertThat(last.get()).isEqualTo("decoder-0");
    }
    assertThat(order).containsExactly(0, 1, 2, 3, 4);
  }

  @Test
  void aFullMailboxRefuses() throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    try (EngineThread thread = EngineThread.start("full", 2)) {
      CompletableFuture<Integer> running = thread.submit(() -> {
        started.countDown();
        release.await();
        return 1;
      });
      started.await();
      CompletableFuture<Integer> first = thread.submit(() -> 2);
      CompletableFuture<Integer> second = thread.submit(() -> 3);
      assertThat(thread.waiting()).isEqualTo(2);
      assertThatThrownBy(() -> thread.submit(() -> 4)).isInstanceOf(RejectedExecutionException.class)
          .hasMessageContaining("full has 2 tasks waiting");
      release.countDown();
      assertThat(running.get() + first.get() + second.get()).isEqualTo(6);
    }
  }

  @Test
  void closingFinishesWhatWasAccepted() throws Exception {
    EngineThread thread = EngineThread.start("closing", 10);
    List<CompletableFuture<Integer>> results = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      int n = i;
      results.add(thread.submit(() -> n));
    }
    thread.close();
    thread.close();
    for (int i = 0; i < 5; i++) {
      assertThat(results.get(i)).isCompletedWithValue(i);
    }
    assertThatThrownBy(() -> thread.submit(() -> 1)).hasMessageContaining("closing is closed");
  }

  @Test
  void aFailingTaskFailsItsFutureOnly() throws Exception {
    try (EngineThread thread = EngineThread.start("failing", 4)) {
      CompletableFuture<Integer> bad = thread.submit(() -> {
        throw new IllegalStateException("broken");
      });
      assertThatThrownBy(bad::get).isInstanceOf(ExecutionException.class).cause().hasMessage("broken");
      assertThat(thread.submit(() -> 7).get()).isEqualTo(7);
    }
  }
}
