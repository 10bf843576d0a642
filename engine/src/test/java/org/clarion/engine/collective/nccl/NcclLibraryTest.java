package org.clarion.engine.collective.nccl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.clarion.engine.collective.CollectiveException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The binding over a library of the same signatures that works in host memory, built here with the host's compiler. */
@Timeout(60)
class NcclLibraryTest {
  private static final long STREAM = 5;

  @TempDir
  Path folder = Path.of(".");

  private NcclLibrary fake() throws Exception {
    return NcclLibrary.load(FakeNccl.build(folder).toString());
  }

  @Test
  void ranksReduceAndBroadcast() throws Exception {
    NcclLibrary library = fake();
    assertThat(library.version()).isEqualTo(22703);
    byte[] id = library.uniqueId();
    assertThat(id).hasSize(NcclLibrary.ID_BYTES);
    List<Future<String>> answers = new ArrayList<>();
    try (ExecutorService pool = Executors.newCachedThreadPool()) {
      for (int rank = 0; rank < 2; rank++) {
        int r = rank;
        answers.add(pool.submit(() -> asRank(library, id, r)));
      }
    }
    for (Future<String> answer : answers) {
      assertThat(answer.get()).isEqualTo("3.0 21 10.0 1.0");
    }
  }

  private static String asRank(NcclLibrary library, byte[] id, int rank) {
    try (Arena arena = Arena.ofConfined(); DeviceCollective end = library.join(id, rank, 2)) {
      assertThat(end.rank()).isEqualTo(rank);
      assertThat(end.size()).isEqualTo(2);
      MemorySegment value = arena.allocate(4, 4);
      DeviceValues floats = new DeviceValues(value.address(), 1, DeviceValues.Type.FLOAT32);
      value.set(ValueLayout.JAVA_FLOAT, 0, 1 + rank);
      end.allReduce(floats, STREAM);
      float sum = value.get(ValueLayout.JAVA_FLOAT, 0);
      value.set(ValueLayout.JAVA_INT, 0, 10 + rank);
      end.allReduce(new DeviceValues(value.address(), 1, DeviceValues.Type.INT32), STREAM);
      int ints = value.get(ValueLayout.JAVA_INT, 0);
      value.set(ValueLayout.JAVA_FLOAT, 0, 10 * rank);
      end.allReduceMax(floats, STREAM);
      float max = value.get(ValueLayout.JAVA_FLOAT, 0);
      value.set(ValueLayout.JAVA_FLOAT, 0, 1 + rank);
      end.broadcast(floats, STREAM);
      end.check();
      return sum + " " + ints + " " + max + " " + value.get(ValueLayout.JAVA_FLOAT, 0);
    }
  }

  @Test
  void resultsBecomeErrors() throws Exception {
    NcclLibrary library = fake();
    assertThatThrownBy(() -> library.join(new byte[NcclLibrary.ID_BYTES], 0, 1)).isInstanceOf(CollectiveException.class)
        .hasMessage("ncclCommInitRank failed with 4: invalid argument");
    assertThatThrownBy(() -> library.join(new byte[3], 0, 1)).hasMessageContaining("3 bytes");
    DeviceCollective end = library.join(library.uniqueId(), 7, 8);
    assertThatThrownBy(() -> end.allReduce(new DeviceValues(1, 1, DeviceValues.Type.FLOAT16), STREAM))
        .hasMessageContaining("ncclAllReduce failed with 4");
    assertThatThrownBy(end::check).hasMessage("work on the device failed with 6: remote process exited");
    end.abort();
    end.abort();
    end.close();
    assertThatThrownBy(end::check).isInstanceOf(CollectiveException.class).hasMessageContaining("has left");
  }

  @Test
  void anAbsentLibraryIsSaid() {
    assertThatThrownBy(() -> NcclLibrary.load(folder.resolve("libnone.so").toString()))
        .isInstanceOf(CollectiveException.class).hasMessageContaining("libnone.so").hasMessageContaining("libnccl2");
    assertThatThrownBy(() -> new DeviceValues(0, 3, DeviceValues.Type.INT32)).hasMessageContaining("3 values");
  }
}
