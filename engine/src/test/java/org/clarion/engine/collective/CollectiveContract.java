package org.clarion.engine.collective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every kind of group must do. A subclass, of this module or another, makes the groups. */
@Timeout(60)
public abstract class CollectiveContract {
  /** Of groups whose ranks all come. */
  protected static final Duration DEADLINE = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(300);

  private ExecutorService ranks = Executors.newCachedThreadPool();
  private final List<Collective> open = new ArrayList<>();

  /** What one rank does. */
  interface Work<T> {
    T run(Collective end) throws Exception;
  }

  /** One end per rank. */
  protected abstract List<Collective> group(int size, Duration deadline) throws Exception;

  /** Sizes that this kind can have. */
  protected abstract int[] sizes();

  /** Whether sums of floats are added in rank order from first to last, rather than on two levels. */
  protected boolean sumsFlat() {
    return true;
  }

  @BeforeEach
  void startRanks() {
    ranks = Executors.newCachedThreadPool();
  }

  @AfterEach
  void leave() {
    open.forEach(Collective::close);
    ranks.shutdownNow();
  }

  private List<Collective> form(int size, Duration deadline) throws Exception {
    List<Collective> group = group(size, deadline);
    open.addAll(group);
    return group;
  }

  private <T> List<T> onEach(List<Collective> group, Work<T> work) throws Exception {
    List<Callable<T>> calls = group.stream().<Callable<T>>map(end -> () -> work.run(end)).toList();
    List<T> results = new ArrayList<>();
    for (Future<T> future : ranks.invokeAll(calls)) {
      results.add(future.get());
    }
    return results;
  }

  private static float[] values(int rank, int length) {
    Random random = new Random(31L * rank + length);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = random.nextFloat() - 0.5f;
    }
    return values;
  }

  private static float[] sum(int size, int length) {
    float[] sum = values(0, length);
    for (int rank = 1; rank < size; rank++) {
      float[] term = values(rank, length);
      for (int i = 0; i < length; i++) {
        sum[i] += term[i];
      }
    }
    return sum;
  }

  @Test
  void ranksAreNumbered() throws Exception {
    for (int size : sizes()) {
      List<Collective> group = form(size, DEADLINE);
      for (int rank = 0; rank < size; rank++) {
        assertThat(group.get(rank).rank()).isEqualTo(rank);
        assertThat(group.get(rank).size()).isEqualTo(size);
      }
    }
  }

  @Test
  void allReduceGivesEveryRankTheSameBits() throws Exception {
    int slot = GroupMemory.SLOT_VALUES;
    for (int size : sizes()) {
      List<Collective> group = form(size, DEADLINE);
      for (int length : new int[]{0, 1, 576, slot, slot + 1, 2 * slot + 17}) {
        List<float[]> sums = onEach(group, end -> {
          float[] mine = values(end.rank(), length);
          end.allReduce(FloatBuffer.wrap(mine));
          return mine;
        });
        assertThat(sums).allSatisfy(sum -> assertThat(sum).isEqualTo(sums.getFirst()));
        if (sumsFlat()) {
          assertThat(sums.getFirst()).isEqualTo(sum(size, length));
        } else {
          assertThat(sums.getFirst()).containsExactly(sum(size, length), within(1e-6f));
        }
      }
    }
  }

  @Test
  void allReduceTouchesOnlyWhatLiesBetweenPositionAndLimit() throws Exception {
    for (int size : sizes()) {
      List<float[]> results = onEach(form(size, DEADLINE), end -> {
        FloatBuffer buffer = ByteBuffer.allocateDirect(40).order(ByteOrder.nativeOrder()).asFloatBuffer();
        buffer.put(new float[]{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}).position(3).limit(6);
        end.allReduce(buffer);
        assertThat(buffer.position()).isEqualTo(3);
        assertThat(buffer.limit()).isEqualTo(6);
        float[] all = new float[10];
        buffer.get(0, all, 0, 6);
        buffer.limit(10).get(6, all, 6, 4);
        return all;
      });
      assertThat(results).allSatisfy(
          all -> assertThat(all).containsExactly(1, 1, 1, size, size, size, 1, 1, 1, 1));
    }
  }

  @Test
  void intSumsWrap() throws Exception {
    int slot = GroupMemory.SLOT_VALUES;
    for (int size : sizes()) {
      List<Collective> group = form(size, DEADLINE);
      for (int length : new int[]{0, 1, 37, slot + 1}) {
        int[] expected = new int[length];
        for (int rank = 0; rank < size; rank++) {
          int[] term = new Random(rank).ints(length).toArray();
          Arrays.setAll(expected, i -> expected[i] + term[i]);
        }
        List<int[]> sums = onEach(group, end -> {
          IntBuffer mine = direct(4 * length, ByteOrder.nativeOrder()).asIntBuffer();
          end.allReduce(mine.put(0, new Random(end.rank()).ints(length).toArray()));
          int[] sum = new int[length];
          mine.get(sum);
          return sum;
        });
        assertThat(sums).allSatisfy(sum -> assertThat(sum).isEqualTo(expected));
      }
    }
  }

  @Test
  void maximaAreThoseOfAllRanks() throws Exception {
    int slot = GroupMemory.SLOT_VALUES;
    for (int size : sizes()) {
      List<Collective> group = form(size, DEADLINE);
      for (int length : new int[]{0, 1, 32, slot + 3}) {
        float[] expected = values(0, length);
        for (int rank = 1; rank < size; rank++) {
          float[] other = values(rank, length);
          for (int i = 0; i < length; i++) {
            expected[i] = Math.max(expected[i], other[i]);
          }
        }
        List<float[]> results = onEach(group, end -> {
          float[] mine = values(end.rank(), length);
          end.allReduceMax(FloatBuffer.wrap(mine));
          return mine;
        });
        assertThat(results).allSatisfy(result -> assertThat(result).isEqualTo(expected));
      }
      assertThat(onEach(group, end -> {
        FloatBuffer one = FloatBuffer.wrap(new float[]{end.rank() == size - 1 ? Float.NaN : 1});
        end.allReduceMax(one);
        return one.get(0);
      })).containsOnly(Float.NaN);
    }
  }

  @Test
  void buffersOfAnyKindWillDo() throws Exception {
    for (int size : sizes()) {
      List<Collective> group = form(size, DEADLINE);
      for (ByteOrder order : List.of(ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN)) {
        assertThat(onEach(group, end -> {
          // Off the alignment of an int, too.
          ByteBuffer bytes = direct(33, order).position(1);
          IntBuffer ints = bytes.slice().order(order).asIntBuffer().put(2, 5 + end.rank());
          FloatBuffer floats = bytes.slice().order(order).asFloatBuffer();
          end.allReduce(ints.slice(2, 1));
          int sum = ints.get(2);
          floats.put(1, 0.5f);
          end.allReduce(floats.slice(1, 1));
          end.allReduceMax(floats.slice(1, 1));
          float[] all = new float[size];
          end.gather(floats.slice(1, 1), end.rank() == 0 ? FloatBuffer.wrap(all) : null);
          return sum + floats.get(1) + (end.rank() == 0 ? all[size - 1] : 0.5f * size);
        })).containsOnly(5 * size + size * (size - 1) / 2 + 0.5f * size + 0.5f * size);
      }
    }
  }

  private static ByteBuffer direct(int bytes, ByteOrder order) {
    return ByteBuffer.allocateDirect(bytes).order(order);
  }

  @Test
  void manyRoundsStayInStep() throws Exception {
    for (int size : sizes()) {
      List<Double> totals = onEach(form(size, DEADLINE), end -> {
        double total = 0;
        float[] one = new float[8];
        for (int i = 0; i < 1_000; i++) {
          one[i % 8] = end.rank() + i;
          end.allReduce(FloatBuffer.wrap(one, i % 8, 1));
          total += one[i % 8];
        }
        return total;
      });
      double expected = 0;
      for (int i = 0; i < 1_000; i++) {
        expected += (double) size * i + size * (size - 1) / 2.0;
      }
      assertThat(totals).containsOnly(expected);
    }
  }

  @Test
  void gatherTakesUnevenParts() throws Exception {
    int slot = GroupMemory.SLOT_VALUES;
    for (int size : sizes()) {
      for (int base : new int[]{0, 5, slot}) {
        int total = 0;
        for (int rank = 0; rank < size; rank++) {
          total += base + 3 * rank;
        }
        float[] all = new float[total + 2];
        onEach(form(size, DEADLINE), end -> {
          FloatBuffer mine = FloatBuffer.wrap(values(end.rank(), base + 3 * end.rank()));
          end.gather(mine, end.rank() == 0 ? FloatBuffer.wrap(all, 1, all.length - 2) : null);
          return end;
        });
        assertThat(all[0]).isZero();
        assertThat(all[total + 1]).isZero();
        int start = 1;
        for (int rank = 0; rank < size; rank++) {
          float[] part = values(rank, base + 3 * rank);
          assertThat(Arrays.copyOfRange(all, start, start + part.length)).containsExactly(part);
          start += part.length;
        }
      }
    }
  }

  @Test
  void gatherChecksTheRoom() throws Exception {
    for (int size : sizes()) {
      List<Collective> group = form(size, DEADLINE);
      FloatBuffer tooSmall = FloatBuffer.allocate(size * 4 - 1);
      assertThatThrownBy(() -> onEach(group, end -> {
        end.gather(FloatBuffer.allocate(4), end.rank() == 0 ? tooSmall : null);
        return end;
      })).rootCause().hasMessageContaining("room for " + (size * 4 - 1)).hasMessageContaining("" + size * 4);
    }
  }

  @Test
  void broadcastCopiesRankZero() throws Exception {
    int slot = GroupMemory.SLOT_VALUES;
    for (int size : sizes()) {
      List<Collective> group = form(size, DEADLINE);
      for (int length : new int[]{0, 3, slot + 5}) {
        List<int[]> results = onEach(group, end -> {
          int[] values = new Random(end.rank()).ints(length).toArray();
          end.broadcast(values);
          return values;
        });
        assertThat(results)
            .allSatisfy(values -> assertThat(values).isEqualTo(new Random(0).ints(length).toArray()));
      }
    }
  }

  @Test
  void minimumIsAgreed() throws Exception {
    for (int size : sizes()) {
      assertThat(onEach(form(size, DEADLINE), end -> end.minimum(7 - end.rank()))).containsOnly(8 - size);
    }
  }

  @Test
  void aDeadPeerIsNoticedWithinTheDeadline() throws Exception {
    for (int size : sizes()) {
      if (size == 1) {
        continue;
      }
      List<Collective> group = form(size, SHORT);
      long start = System.nanoTime();
      Collective end = group.getFirst();
      assertThatThrownBy(() -> onEach(List.of(end), e -> e.minimum(1))).cause()
          .isInstanceOf(CollectiveException.class).hasMessageContaining("rank 1").hasMessageContaining("" + SHORT);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(SHORT);
      assertThatThrownBy(() -> end.minimum(1)).isInstanceOf(CollectiveException.class)
          .hasMessageContaining("broken");
      // The one that gave up has left, so the late peer need not wait for its own deadline.
      assertThatThrownBy(() -> group.get(1).minimum(1)).isInstanceOf(CollectiveException.class);
    }
  }

  @Test
  void aPeerThatLeavesIsNoticedAtOnce() throws Exception {
    for (int size : sizes()) {
      if (size == 1) {
        continue;
      }
      List<Collective> group = form(size, Duration.ofHours(1));
      Future<Integer> waiting = ranks.submit(() -> group.getFirst().minimum(1));
      group.get(1).close();
      assertThatThrownBy(() -> waiting.get(30, TimeUnit.SECONDS)).isInstanceOf(ExecutionException.class)
          .cause().isInstanceOf(CollectiveException.class).hasMessageContaining("rank 1 has left");
    }
  }

  @Test
  void whatWasPublishedBeforeLeavingCounts() throws Exception {
    for (int size : sizes()) {
      assertThat(onEach(form(size, DEADLINE), end -> {
        int least = end.minimum(end.rank());
        end.close();
        return least;
      })).containsOnly(0);
    }
  }

  @Test
  void aSlowPeerIsWaitedFor() throws Exception {
    for (int size : sizes()) {
      assertThat(onEach(form(size, DEADLINE), end -> {
        int least = 0;
        for (int i = 0; i < 3; i++) {
          if (end.rank() == size - 1) {
            Thread.sleep(30);
          }
          least = end.minimum(9 + end.rank());
        }
        return least;
      })).containsOnly(9);
    }
  }

  @Test
  void anInterruptEndsAWait() throws Exception {
    for (int size : sizes()) {
      if (size == 1) {
        continue;
      }
      Collective end = form(size, Duration.ofHours(1)).getFirst();
      assertThatThrownBy(() -> onEach(List.of(end), e -> {
        Thread.currentThread().interrupt();
        return e.minimum(1);
      })).cause().isInstanceOf(CollectiveException.class).hasMessageContaining("interrupted");
    }
  }

  @Test
  void closingEndsOnesOwnWait() throws Exception {
    for (int size : sizes()) {
      if (size == 1) {
        continue;
      }
      Collective end = form(size, Duration.ofHours(1)).getFirst();
      Future<Integer> waiting = ranks.submit(() -> end.minimum(1));
      end.close();
      assertThatThrownBy(() -> waiting.get(30, TimeUnit.SECONDS)).cause().isInstanceOf(CollectiveException.class);
    }
  }

  @Test
  void differentCallsAreNoticed() throws Exception {
    for (int size : sizes()) {
      if (size == 1) {
        continue;
      }
      List<Collective> group = form(size, DEADLINE);
      List<String> messages = onEach(group, end -> {
        try {
          if (end.rank() == 0) {
            end.allReduce(FloatBuffer.allocate(4));
          } else {
            end.allReduce(FloatBuffer.allocate(3));
          }
          return "";
        } catch (CollectiveException e) {
          return String.valueOf(e.getMessage());
        }
      });
      assertThat(messages.getFirst()).contains("ALL_REDUCE of 4 values", "ALL_REDUCE of 3 values");
      assertThat(messages).noneMatch(String::isEmpty);
    }
  }

  @Test
  void callsOfDifferentKindAreNoticed() throws Exception {
    for (int size : sizes()) {
      if (size == 1) {
        continue;
      }
      List<String> messages = onEach(form(size, DEADLINE), end -> {
        try {
          if (end.rank() == 0) {
            end.allReduceMax(FloatBuffer.allocate(4));
          } else {
            end.allReduce(IntBuffer.allocate(4));
          }
          return "";
        } catch (CollectiveException e) {
          return String.valueOf(e.getMessage());
        }
      });
      assertThat(messages.getFirst()).contains("ALL_REDUCE_MAX of 4 values", "ALL_REDUCE_INTS of 4 values");
      assertThat(messages).noneMatch(String::isEmpty);
    }
  }

  @Test
  void waitingCostsLittleProcessorTime() throws Exception {
    for (int size : sizes()) {
      if (size == 1) {
        continue;
      }
      List<Collective> group = form(size, Duration.ofMillis(600));
      List<Long> cpuNanos = onEach(List.of(group.getFirst()), end -> {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadCpuTime();
        assertThatThrownBy(() -> end.minimum(1)).isInstanceOf(CollectiveException.class);
        return threads.getCurrentThreadCpuTime() - before;
      });
      assertThat(Duration.ofNanos(cpuNanos.getFirst())).isLessThan(Duration.ofMillis(200));
    }
  }
}
