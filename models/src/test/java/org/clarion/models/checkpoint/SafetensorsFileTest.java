package org.clarion.models.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsFileTest {
  @TempDir
  Path folder = Path.of("");

  static byte[] file(String header, byte... data) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    return GgufBytes.join(GgufBytes.i64(json.length), json, data);
  }

  private Path write(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }

  @Test
  void readsScalarsMatricesAndMetadata() throws IOException {
    byte[] bytes = file("""
        {"__metadata__":{"format":"pt"},"m":{"dtype":"F32","shape":[2,2],"data_offsets":[4,20]},
        "s":{"dtype":"I32","shape":[],"data_offsets":[0,4]}}\s\s""",
        GgufBytes.join(GgufBytes.i32(-5), GgufBytes.floats(1, 2, 3, 4)));
    try (Checkpoint read = Checkpoints.open(write("a.safetensors", bytes))) {
      assertThat(read.tensors().keySet()).containsExactly("m", "s");
      assertThat(Fixtures.floats(read, "s")).containsExactly(-5);
      assertThat(Fixtures.floats(read, "m")).containsExactly(1, 2, 3, 4);
      assertThat(Fixtures.rows(read, "m", 1, 1)).containsExactly(3, 4);
    }
  }

  @Test
  void isNotTakenForAPickleWhoseFirstByteItsLengthMaySpell() throws IOException {
    String header = "{\"a\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[0,1]}}";
    byte[] bytes = file(header + " ".repeat(0x280 - header.length()), (byte) 3);
    try (Checkpoint read = Checkpoints.open(write("a.safetensors", bytes))) {
      assertThat(Fixtures.floats(read, "a")).containsExactly(3);
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}} | needs 8 bytes",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} | ends at byte 8",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}} | whole number",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}} | before its start",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}} | whole number",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}} | whole number",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,4]}} | more elements",
      "{\"a\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,4]}} | whole number",
      "{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[4],\"data_offsets\":[0,4]}} | F8_E4M3",
      "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}} | shape",
      "{\"a\":7} | dtype",
      "{\"a\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[3,4]}} | inside another",
      "{\"a\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[0,1]},\"b\":{\"dtype\":\"I8\",\"shape\":[2],\"data_offsets\":[2,4]}} | after a gap",
      "{\"a\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[0,1]}} | 3 bytes after its last",
      "{\"a\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[0,4]}} | Duplicate",
      "{\"a\" | at byte", "{} {}[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[ | Trailing token"})
  void refusesHostileHeaders(String header, String says) throws IOException {
    Path path = write("a.safetensors", file(header, new byte[4]));
    assertThatThrownBy(() -> Checkpoints.open(path)).isInstanceOf(CheckpointException.class)
        .hasMessageContaining(says).hasMessageContaining("a.safetensors");
  }

  @Test
  void refusesHeaderLengthsThatCannotBe() throws IOException {
    for (long length : new long[]{0, 1, 1000, Integer.MAX_VALUE, Long.MAX_VALUE, -1}) {
      Path path = write("a.safetensors",
          GgufBytes.join(GgufBytes.i64(length), "{}  ".getBytes(StandardCharsets.UTF_8)));
      assertThatThrownBy(() -> Checkpoints.open(path)).isInstanceOf(CheckpointException.class);
    }
    Path nested = write("b.safetensors", file("{\"a\":" + "[".repeat(100_000)));
    assertThatThrownBy(() -> Checkpoints.open(nested)).isInstanceOf(CheckpointException.class)
        .hasMessageContaining("nesting");
  }

  @Test
  void namesFromFilesCannotForgeLogLines() throws IOException {
    Path path = write("a.safetensors", file("{\"a\\nERROR\":{\"dtype\":\"F4\",\"shape\":[],\"data_offsets\":[0,0]}}"));
    assertThatThrownBy(() -> Checkpoints.open(path)).hasMessageContaining("a?ERROR");
  }

  @Test
  void refusesFilesOfNoKnownKind() throws IOException {
    Path text = write("notes.txt", "not a model at all".getBytes(StandardCharsets.UTF_8));
    CheckpointException unknown = catchThrowableOfType(CheckpointException.class, () -> Checkpoints.open(text));
    assertThat(unknown.code()).isEqualTo("checkpoint_unknown");
    assertThatThrownBy(() -> Checkpoints.open(folder.resolve("absent"))).isInstanceOf(CheckpointException.class)
        .hasMessageContaining("no file absent");
    Path empty = Files.createDirectory(folder.resolve("empty"));
    assertThatThrownBy(() -> Checkpoints.open(empty)).hasMessageContaining("no model.safetensors");
  }

  @Test
  void refusesAnIndexThatLeadsElsewhereOrLies() throws IOException {
    Path index = folder.resolve("model.safetensors.index.json");
    byte[] shard = file("{\"w\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[0,1]}}", new byte[1]);
    write("one.safetensors", shard);
    Files.writeString(index, "{\"weight_map\":{\"w\":\"../one.safetensors\"}}");
    assertThatThrownBy(() -> Checkpoints.open(folder)).hasMessageContaining("not a plain file name");
    Files.writeString(index, "{\"weight_map\":{\"w\":\"one.safetensors\",\"v\":\"one.safetensors\"}}");
    assertThatThrownBy(() -> Checkpoints.open(folder)).hasMessageContaining("v (one.safetensors)");
    Files.writeString(index, "{\"weight_map\":{\"w\":\"two.safetensors\"}}");
    assertThatThrownBy(() -> Checkpoints.open(folder))
        .hasMessageContaining("lacks 1 of the 1 shards that its index names: two.safetensors");
    Files.writeString(index, "{}");
    assertThatThrownBy(() -> Checkpoints.open(folder)).hasMessageContaining("weight_map");
    Files.writeString(index, "{\"weight_map\":{\"w\":\"one.safetensors\"}}");
    try (Checkpoint read = Checkpoints.open(folder)) {
      assertThat(read.tensors().keySet()).containsExactly("w");
    }
  }
}
