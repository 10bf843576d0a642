package org.clarion.models.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GgufFileTest {
  @TempDir
  Path folder = Path.of("");

  private Path write(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("model.gguf"), bytes);
  }

  private CheckpointException refusal(byte[] bytes) throws IOException {
    Path file = write(bytes);
    return catchThrowableOfType(CheckpointException.class, () -> GgufFile.open(file).close());
  }

  @Test
  void readsMetadataOfEveryType() throws IOException {
    GgufBytes bytes = new GgufBytes().version(2).raw("u8", 0, (byte) 200).raw("i8", 1, (byte) 200)
        .raw("u16", 2, (byte) 0xFE, (byte) 0xFF).raw("i16", 3, (byte) 0xFE, (byte) 0xFF).put("u32", -2)
        .raw("i32", 5, GgufBytes.i32(-2)).put("f32", 1.5f).raw("bool", 7, (byte) 1).put("text", "é🙂")
        .raw("u64", 10, GgufBytes.i64(-1)).raw("i64", 11, GgufBytes.i64(-1))
        .raw("f64", 12, GgufBytes.i64(Double.doubleToRawLongBits(0.1)))
        .raw("texts", 9,
            GgufBytes.join(GgufBytes.i32(8), GgufBytes.i64(2), GgufBytes.text("a"), GgufBytes.text("")))
        .raw("nested", 9, GgufBytes.join(GgufBytes.i32(9), GgufBytes.i64(1), GgufBytes.i32(5), GgufBytes.i64(2),
            GgufBytes.i32(7), GgufBytes.i32(-7)));
    try (GgufFile file = GgufFile.open(write(bytes.bytes()))) {
      assertThat(file.metadata()).containsEntry("u8", 200L).containsEntry("i8", -56L).containsEntry("u16", 65534L)
          .containsEntry("i16", -2L).containsEntry("u32", 4294967294L).containsEntry("i32", -2L)
          .containsEntry("f32", 1.5f).containsEntry("bool", true).containsEntry("text", "é🙂")
          .containsEntry("u64", BigInteger.TWO.pow(64).subtract(BigInteger.ONE)).containsEntry("i64", -1L)
          .containsEntry("f64", 0.1).containsEntry("texts", List.of("a", ""))
          .containsEntry("nested", List.of(List.of(7L, -7L)));
      assertThat(file.tensors()).isEmpty();
    }
  }

  @Test
  void readsEveryElementType() throws IOException {
    byte[] nibbles = new byte[16];
    byte[] bytes = new byte[32];
    for (int i = 0; i < 16; i++) {
      nibbles[i] = (byte) (((15 - i) << 4) | i);
      bytes[i] = (byte) (i - 128);
      bytes[i + 16] = (byte) (127 - i);
    }
    GgufBytes file = new GgufBytes().tensor("f32", 0, GgufBytes.floats(1, 2, 3, 4, 5, 6), 3, 2)
        .tensor("f16", 1, GgufBytes.half(0.1f), 1).tensor("bf16", 30, new byte[]{(byte) 0xC0, 0x3F}, 1)
        .tensor("q40", 2, GgufBytes.join(GgufBytes.half(0.5f), nibbles), 32)
        .tensor("q41", 3, GgufBytes.join(GgufBytes.half(0.5f), GgufBytes.half(-3), nibbles), 32)
        .tensor("q80", 8, GgufBytes.join(GgufBytes.half(0.25f), bytes), 32);
    try (GgufFile read = GgufFile.open(write(file.bytes()))) {
      assertThat(read.require("f32").shape()).containsExactly(2L, 3L);
      assertThat(Fixtures.rows(read, "f32", 1, 1)).containsExactly(4, 5, 6);
      assertThat(Fixtures.floats(read, "f16")).containsExactly(Float.float16ToFloat(Float.floatToFloat16(0.1f)));
      assertThat(Fixtures.floats(read, "bf16")).containsExactly(1.5f);
      float[] q40 = Fixtures.floats(read, "q40");
      float[] q41 = Fixtures.floats(read, "q41");
      float[] q80 = Fixtures.floats(read, "q80");
      for (int i = 0; i < 16; i++) {
        assertThat(new float[]{q40[i], q40[i + 16]}).containsExactly((i - 8) / 2f, (7 - i) / 2f);
        assertThat(new float[]{q41[i], q41[i + 16]}).containsExactly(i / 2f - 3, (15 - i) / 2f - 3);
        assertThat(new float[]{q80[i], q80[i + 16]}).containsExactly((i - 128) / 4f, (127 - i) / 4f);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"10, Q2_K", "11, Q3_K", "15, Q8_K", "18, IQ3_XXS", "39, MXFP4", "77, unknown type 77"})
  void refusesOtherQuantisationsByName(int type, String name) throws IOException {
    CheckpointException refusal = refusal(new GgufBytes().tensor("blk.0.attn_q.weight", type, new byte[512], 256)
        .bytes());
    assertThat(refusal.code()).isEqualTo("quantisation_unsupported");
    assertThat(refusal).hasMessageContaining("blk.0.attn_q.weight").hasMessageContaining(name);
  }

  @Test
  void refusesHostileHeaders() throws IOException {
    assertThat(refusal(new GgufBytes().version(1).bytes())).hasMessageContaining("version 1");
    assertThat(refusal(new GgufBytes().version(0x03000000).bytes())).hasMessageContaining("big-endian");
    assertThat(refusal(new GgufBytes().entry("a", 0, 0, -1).bytes())).hasMessageContaining("negative");
    assertThat(refusal(new GgufBytes().entry("a", 0, 0, 1L << 40, 1L << 40).bytes()))
        .hasMessageContaining("more elements");
    assertThat(refusal(new GgufBytes().entry("a", 0, 0, 1L << 40, 1 << 23).bytes()))
        .hasMessageContaining("more elements");
    assertThat(refusal(new GgufBytes().entry("a", 0, 0, 1000).bytes())).hasMessageContaining("past the file's end");
    assertThat(refusal(new GgufBytes().entry("a", 0, -32, 1).bytes())).hasMessageContaining("not a multiple");
    assertThat(refusal(new GgufBytes().entry("a", 0, 5, 1).bytes())).hasMessageContaining("not a multiple of 32");
    assertThat(refusal(new GgufBytes().entry("a", 0, Long.MAX_VALUE - 31, 1).bytes()))
        .hasMessageContaining("past the file's end");
    assertThat(refusal(new GgufBytes().tensor("a", 8, new byte[34], 31).bytes()))
        .hasMessageContaining("multiple of 32");
    assertThat(refusal(new GgufBytes().tensor("a", 0, new byte[64], 16).entry("b", 0, 32, 1).bytes()))
        .hasMessageContaining("a and b overlap");
    assertThat(refusal(new GgufBytes().tensor("a", 0, new byte[4], 1).tensor("a", 0, new byte[4], 1).bytes()))
        .hasMessageContaining("a appears twice");
    assertThat(refusal(new GgufBytes().put("k", 1).put("k", 1).bytes())).hasMessageContaining("k appears twice");
    assertThat(refusal(new GgufBytes().put("general.alignment", 24).bytes())).hasMessageContaining("power of two");
    assertThat(refusal(new GgufBytes().raw("k", 13, (byte) 0).bytes())).hasMessageContaining("metadata type 13");
  }

  @Test
  void refusesDeclaredLengthsWithoutAllocatingThem() throws IOException {
    byte[] longArray = GgufBytes.join(GgufBytes.i32(0), GgufBytes.i64(3_999_999));
    byte[] hugeArray = GgufBytes.join(GgufBytes.i32(0), GgufBytes.i64(Long.MAX_VALUE));
    byte[] deep = new byte[0];
    for (int i = 0; i < 50; i++) {
      deep = GgufBytes.join(deep, GgufBytes.i32(9), GgufBytes.i64(1));
    }
    assertThat(refusal(new GgufBytes().raw("k", 9, longArray).bytes()).code()).isEqualTo("checkpoint_truncated");
    assertThat(refusal(new GgufBytes().raw("k", 9, hugeArray).bytes())).hasMessageContaining("array elements, limit");
    assertThat(refusal(new GgufBytes().raw("k", 9, deep).bytes())).hasMessageContaining("nested");
    assertThat(refusal(new GgufBytes().raw("k", 8, GgufBytes.i64(1 << 30)).bytes()))
        .isInstanceOf(CheckpointException.class);
    byte[] counts = GgufBytes.join("GGUF".getBytes(java.nio.charset.StandardCharsets.US_ASCII), GgufBytes.i32(3),
        GgufBytes.i64(-1), GgufBytes.i64(0));
    assertThat(refusal(counts)).hasMessageContaining("18446744073709551615 tensors");
  }

  @Test
  void readsTensorsBeyondTwoGigabytes() throws IOException {
    long rows = 600_000_000;
    byte[] header = new GgufBytes().entry("big", 0, 0, 1, rows).header();
    Path file = write(header);
    // A sparse file: only its first and last blocks take space.
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(GgufBytes.floats(7)), header.length + (rows - 1) * 4);
    }
    try (GgufFile read = GgufFile.open(file)) {
      assertThat(Fixtures.rows(read, "big", rows - 2, 2)).containsExactly(0, 7);
      assertThatThrownBy(() -> Fixtures.rows(read, "big", rows - 1, 2)).isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void checksWhatTheCallerAsksFor() throws IOException {
    GgufFile file = GgufFile.open(write(new GgufBytes().tensor("a", 0, GgufBytes.floats(1, 2), 2).bytes()));
    assertThatThrownBy(() -> file.readFloats("b", java.nio.FloatBuffer.allocate(2)))
        .isInstanceOf(CheckpointException.class).hasMessageContaining("no tensor b");
    assertThatThrownBy(() -> file.readFloats("a", java.nio.FloatBuffer.allocate(3)))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("room for 3 floats");
    file.close();
    file.close();
    assertThatThrownBy(() -> Fixtures.floats(file, "a")).isInstanceOf(IllegalStateException.class);
  }
}
