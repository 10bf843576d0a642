package org.clarion.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressMonitorTest {
  private final AtomicLong now = new AtomicLong();
  private final ProgressMonitor monitor = new ProgressMonitor(Duration.ofNanos(100), Duration.ofNanos(100), now::get);

  @Test
  void idlenessIsHealthy() {
    now.set(10_000);
    assertThat(monitor.healthy()).isTrue();
    monitor.begin();
    assertThat(monitor.healthy()).isTrue();
  }

  @Test
  void outstandingWorkWithoutProgressIsNot() {
    monitor.begin();
    now.set(100);
    assertThat(monitor.healthy()).isTrue();
    now.set(101);
    assertThat(monitor.healthy()).isFalse();
    monitor.progress();
    assertThat(monitor.healthy()).isTrue();
  }

  @Test
  void moreWorkIsNoProgressButFinishedWorkIs() {
    monitor.begin();
    now.set(90);
    monitor.begin();
    now.set(120);
    assertThat(monitor.healthy()).isFalse();
    monitor.end();
    assertThat(monitor.healthy()).isTrue();
    monitor.end();
    now.set(1000);
    assertThat(monitor.healthy()).isTrue();
    assertThatThrownBy(monitor::end).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void whoIsSlowGetsMoreTime() {
    ProgressMonitor slow = new ProgressMonitor(Duration.ofNanos(100), Duration.ofNanos(5_000), now::get);
    slow.begin();
    now.addAndGet(5_000);
    assertThat(slow.healthy()).isTrue();
    for (int i = 0; i < 200; i++) {
      slow.progress();
      now.addAndGet(50);
    }
    now.addAndGet(350);
    assertThat(slow.healthy()).as("8 times 50").isTrue();
    now.addAndGet(1);
    assertThat(slow.healthy()).isFalse();
  }

  @Test
  void whoIsFastHasALeastTime() {
    ProgressMonitor fast = new ProgressMonitor(Duration.ofNanos(100), Duration.ofNanos(5_000), now::get);
    fast.begin();
    for (int i = 0; i < 20; i++) {
      fast.progress();
      now.addAndGet(1);
    }
    now.addAndGet(99);
    assertThat(fast.healthy()).isTrue();
    now.addAndGet(1);
    assertThat(fast.healthy()).isFalse();
  }
}
