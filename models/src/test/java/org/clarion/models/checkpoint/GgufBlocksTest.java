package org.clarion.models.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GgufBlocksTest {
  private static final Path BLOCKS = Fixtures.resource("gguf/blocks.gguf");

  @ParameterizedTest
  @CsvSource({"Q4_0, GGUF_Q4_0, 18, 32", "Q4_1, GGUF_Q4_1, 20, 32", "Q5_0, GGUF_Q5_0, 22, 32",
      "Q5_1, GGUF_Q5_1, 24, 32", "Q8_0, GGUF_Q8_0, 34, 32", "Q4_K, GGUF_Q4_K, 144, 256",
      "Q5_K, GGUF_Q5_K, 176, 256", "Q6_K, GGUF_Q6_K, 210, 256"})
  void everyKindIsReadAsTheReferenceReadsIt(String name, ElementType type, int bytes, int elements) {
    try (GgufFile read = GgufFile.open(BLOCKS);
        Checkpoint expected = Checkpoints.open(Fixtures.resource("gguf/blocks.expected.safetensors"))) {
      assertThat(read.require(name)).isEqualTo(new TensorInfo(name, type, List.of(3L, 512L)));
      assertThat(type.bytes(512)).isEqualTo(512L / elements * bytes);
      float[] all = Fixtures.floats(expected, name);
      assertThat(Fixtures.floats(read, name)).isEqualTo(all);
      assertThat(Fixtures.rows(read, name, 1, 2)).isEqualTo(Arrays.copyOfRange(all, 512, 1536));
    }
  }

  /** Chunks of the converter and blocks of the file do not fall together by chance of a small tensor. */
  @Test
  void longTensorsAreReadAcrossChunks(@TempDir Path folder) throws IOException {
    byte[] block = new byte[210];
    block[208] = 0;
    block[209] = 0x3C;
    Arrays.fill(block, 192, 208, (byte) 1);
    byte[] blocks = new byte[210 * 100];
    for (int i = 0; i < 100; i++) {
      block[0] = (byte) (i % 16);
      System.arraycopy(block, 0, blocks, i * 210, 210);
    }
    Path file = Files.write(folder.resolve("long.gguf"), new GgufBytes().tensor("long", 14, blocks, 25_600).bytes());
    try (GgufFile read = GgufFile.open(file)) {
      float[] values = Fixtures.floats(read, "long");
      for (int i = 0; i < 100; i++) {
        assertThat(values[i * 256]).as("block " + i).isEqualTo(i % 16 - 32);
        assertThat(values[i * 256 + 1]).isEqualTo(-32);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"12, 144, Q4_K", "13, 176, Q5_K", "14, 210, Q6_K", "6, 22, Q5_0", "7, 24, Q5_1"})
  void blocksThatAreCutOffOrUnevenAreRefused(int type, int bytes, String name, @TempDir Path folder)
      throws IOException {
    int elements = bytes > 100 ? 256 : 32;
    Path file = folder.resolve("model.gguf");
    byte[] whole = new GgufBytes().tensor(name, type, new byte[2 * bytes], elements, 2).bytes();
    Files.write(file, whole);
    GgufFile.open(file).close();
    Files.write(file, Arrays.copyOf(whole, new GgufBytes().entry(name, type, 0, elements, 2).header().length + 2 * bytes
        - 1));
    assertThatThrownBy(() -> GgufFile.open(file)).isInstanceOf(CheckpointException.class)
        .hasMessageContaining("past the file's end").hasMessageContaining(name);
    Files.write(file, new GgufBytes().tensor(name, type, new byte[2 * bytes], elements + 1).bytes());
    assertThatThrownBy(() -> GgufFile.open(file)).isInstanceOf(CheckpointException.class)
        .hasMessageContaining("not a multiple of " + elements);
    Files.write(file, new GgufBytes().entry(name, type, 0, elements, Long.MAX_VALUE / elements).header());
    assertThatThrownBy(() -> GgufFile.open(file)).isInstanceOf(CheckpointException.class);
  }
}
