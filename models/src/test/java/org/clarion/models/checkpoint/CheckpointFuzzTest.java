package org.clarion.models.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Damages valid files at random: whatever happens, only {@link CheckpointException} may come out. */
class CheckpointFuzzTest {
  private static final int CASES = 400;

  @TempDir
  Path folder = Path.of("");

  @ParameterizedTest
  @ValueSource(strings = {"pickles/views.pth", "pickles/views.legacy.pth", "pickles/views.protocol4.pth",
      "pickles/views.safetensors", "pickles/containers.pth", "projection/checkpoint.legacy.pth", "gguf/blocks.gguf"})
  void damagedFilesAreRefusedOrRead(String name) throws IOException {
    fuzz(Fixtures.bytes(Fixtures.resource(name)), name.hashCode());
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void damagedGgufFilesAreRefusedOrRead(int version) throws IOException {
    GgufBytes bytes = new GgufBytes().version(version).put("general.architecture", "llama").put("a", 7).put("b", 1.5f)
        .raw("list", 9, GgufBytes.join(GgufBytes.i32(8), GgufBytes.i64(2), GgufBytes.text("x"), GgufBytes.text("y")))
        .tensor("f", 0, GgufBytes.floats(1, 2, 3, 4), 2, 2).tensor("q", 3, new byte[20], 32)
        .tensor("h", 1, new byte[12], 3, 2).tensor("e", 8, new byte[68], 32, 2);
    fuzz(bytes.bytes(), version);
  }

  private void fuzz(byte[] valid, long seed) throws IOException {
    Random random = new Random(seed);
    Path file = folder.resolve("damaged");
    int refused = 0;
    for (int i = 0; i < CASES; i++) {
      Files.write(file, damaged(valid, random));
      refused += refuses(file) ? 1 : 0;
    }
    assertThat(refused).as("refused of " + CASES).isBetween(CASES / 10, CASES);
  }

  private static byte[] damaged(byte[] valid, Random random) {
    if (random.nextInt(4) == 0) {
      return Arrays.copyOf(valid, random.nextInt(valid.length));
    }
    byte[] bytes = valid.clone();
    // Half of the flips go where headers are.
    int reach = random.nextBoolean() ? bytes.length : Math.min(bytes.length, 400);
    boolean atEnd = random.nextInt(4) == 0;
    for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
      int at = random.nextInt(reach);
      int index = atEnd ? bytes.length - 1 - at : at;
      bytes[index] = random.nextBoolean()
          ? (byte) random.nextInt(256)
          : (byte) (bytes[index] ^ (1 << random.nextInt(8)));
    }
    return bytes;
  }

  private static boolean refuses(Path file) {
    try (Checkpoint checkpoint = Checkpoints.open(file)) {
      for (TensorInfo info : checkpoint.tensors().values()) {
        if (info.elements() < 1 << 20) {
          checkpoint.readFloats(info.name(), FloatBuffer.allocate((int) info.elements()));
        }
      }
      return false;
    } catch (CheckpointException e) {
      assertThat(e.code()).isNotEmpty();
      return true;
    }
  }
}
