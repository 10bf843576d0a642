package org.clarion.models.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.stream.Collectors;
import org.clarion.models.checkpoint.PickleValue.Bytes;
import org.clarion.models.checkpoint.PickleValue.None;
import org.clarion.models.checkpoint.PickleValue.Tuple;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TorchFileTest {
  @ParameterizedTest
  @ValueSource(strings = {"views.pth", "views.legacy.pth", "views.protocol4.pth"})
  void readsEveryKindOfViewExactly(String name) {
    try (Checkpoint torch = Checkpoints.open(Fixtures.resource("pickles/" + name));
        Checkpoint expected = Checkpoints.open(Fixtures.resource("pickles/views.safetensors"))) {
      assertThat(torch.tensors()).containsExactlyInAnyOrderEntriesOf(expected.tensors());
      for (TensorInfo info : expected.tensors().values()) {
        float[] wanted = Fixtures.floats(expected, info.name());
        assertThat(Fixtures.floats(torch, info.name())).as(info.name()).isEqualTo(wanted);
        if (info.shape().size() == 2 && info.shape().getFirst() > 1) {
          assertThat(Fixtures.rows(torch, info.name(), 1, 1)).as("row 1 of " + info.name())
              .isEqualTo(Fixtures.rows(expected, info.name(), 1, 1));
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"hostile_call.pth, pickle_refused, posix.getpid", "hostile_call.legacy.pth, pickle_refused, posix.getpid",
      "hostile_eval.pth, pickle_refused, eval", "bare_pickle_call.pth, pickle_refused, posix.getpid",
      "missing_storage.pth, checkpoint_malformed, missing", "short_storage.pth, checkpoint_truncated, storage 0",
      "truncated_pickle.pth, checkpoint_truncated, data.pkl", "no_pickle.pth, checkpoint_malformed, data.pkl",
      "truncated.pth, checkpoint_truncated, no directory", "truncated.legacy.pth, checkpoint_truncated, bytes wanted",
      "empty.pth, checkpoint_truncated, empty", "text.pth, checkpoint_unknown, Git LFS",
      "stack_underflow.pth, checkpoint_malformed, stack", "memo_bomb.pth, checkpoint_malformed, unknown memo index",
      "long_bomb.pth, checkpoint_malformed, 2147483647 bytes"})
  void refusesHostileAndDamagedFiles(String name, String code, String says) {
    CheckpointException refusal = catchThrowableOfType(CheckpointException.class,
        () -> Checkpoints.open(Fixtures.resource("pickles/" + name)));
    assertThat(refusal.code()).isEqualTo(code);
    assertThat(refusal).hasMessageContaining(name).hasMessageContaining(says);
  }

  @Test
  void refusesEveryFileOnTheList() throws IOException {
    JsonNode list = new ObjectMapper().readTree(Fixtures.resource("pickles/refuse.json").toFile());
    assertThat(list).hasSize(15);
    list.properties().forEach(file -> assertThatThrownBy(
        () -> Checkpoints.open(Fixtures.resource("pickles/" + file.getKey()))).as(file.getKey())
        .isInstanceOf(CheckpointException.class));
  }

  @Test
  void readsPlainContainers() throws IOException {
    JsonNode expected = new ObjectMapper().readTree(Fixtures.resource("pickles/containers.json").toFile());
    try (MappedFile file = MappedFile.open(Fixtures.resource("pickles/containers.pth"))) {
      Map<?, ?> contents = (Map<?, ?>) TorchFile.read(file).contents();
      assertThat(contents).hasSize(expected.size() + 1);
      expected.properties()
          .forEach(entry -> assertThat(python(contents.get(entry.getKey()))).isEqualTo(entry.getValue().asText()));
    }
    try (Checkpoint model = Checkpoints.open(Fixtures.resource("pickles/containers.pth"))) {
      assertThat(model.tensors().keySet()).containsExactly("w");
    }
  }

  @Test
  void refusesWhatOtherOpcodesWouldMake(@TempDir Path folder) throws IOException {
    assertRefused(folder, "(c__builtin__\nobject\no.", "builtins.object".replace("builtins", "__builtin__"));
    assertRefused(folder, "ccollections\nOrderedDict\n)\u0081.", "0x81");
    assertRefused(folder, "(i__main__\nThing\n.", "0x69");
    assertRefused(folder, "](lb.", "BUILD");
    assertRefused(folder, "\u0082\u0001.", "0x82");
    assertRefused(folder, "ctorch.storage\n_load_from_bytes\n.", "torch.storage._load_from_bytes");
    assertRefused(folder, "ccopy_reg\n_reconstructor\n.", "copy_reg._reconstructor");
  }

  private static void assertRefused(Path folder, String pickle, String says) throws IOException {
    Path file = folder.resolve("model.pth");
    Files.write(file, ("\u0080\u0002" + pickle).getBytes(StandardCharsets.ISO_8859_1));
    CheckpointException refusal = catchThrowableOfType(CheckpointException.class, () -> Checkpoints.open(file));
    assertThat(refusal).hasMessageContaining(says);
    assertThat(refusal.code()).isEqualTo("pickle_refused");
  }

  @ParameterizedTest
  @ValueSource(strings = {"]q\u0000h\u0000ah\u0000\u0085q\u0001.", "}(](lK\u0001u.", "}]K\u0001s.", "(.",
      "K\u0001K\u0001."})
  void refusesPicklesThatAreNoData(String pickle, @TempDir Path folder) throws IOException {
    Path file = folder.resolve("model.pth");
    Files.write(file, ("\u0080\u0002" + pickle).getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> Checkpoints.open(file)).isInstanceOf(CheckpointException.class);
  }

  @Test
  void stopsAtTooManyOperations(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("model.pth");
    Files.write(file, ("\u0080\u0002" + "]".repeat(3_000_000)).getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> Checkpoints.open(file)).isInstanceOf(CheckpointException.class)
        .hasMessageContaining("2000000 operations");
  }

  /** Writes a value as Python's repr does. */
  private static String python(@Nullable Object value) {
    return switch (value) {
      case null -> "absent";
      case None none -> "None";
      case Boolean truth -> truth ? "True" : "False";
      case String text -> "'" + text + "'";
      case Bytes bytes -> new String(bytes.value(), StandardCharsets.ISO_8859_1).chars()
          .mapToObj(c -> String.format("\\x%02x", c)).collect(Collectors.joining("", "b'", "'"));
      case Tuple tuple when tuple.items().size() == 1 -> "(" + python(tuple.items().getFirst()) + ",)";
      case Tuple tuple -> tuple.items().stream().map(TorchFileTest::python).collect(Collectors.joining(", ", "(", ")"));
      case java.util.Set<?> set -> all(set, "{", "}");
      case java.util.List<?> list -> all(list, "[", "]");
      default -> value.toString();
    };
  }

  private static String all(Collection<?> items, String open, String close) {
    return items.stream().map(TorchFileTest::python).collect(Collectors.joining(", ", open, close));
  }
}
