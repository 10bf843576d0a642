package org.clarion.models.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SentencePieceFileTest {
  @TempDir
  Path folder = Path.of("");

  @Test
  void aModelIsRead() throws IOException {
    try (Tokenizer tokenizer = Tokenizers.fromFile(write(model(2, 1, 0, "")))) {
      assertThat(tokenizer.encodeText("a a")).containsExactly(5, 5);
      assertThat(tokenizer.decode(new int[]{5, 5})).isEqualTo("a a");
      assertThat(tokenizer.bosId()).isEqualTo(1);
      assertThat(tokenizer.specialTokens()).containsExactly("<unk>", "<s>");
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 0, '', model type 1", "2, 0, 0, '', add_dummy_prefix", "2, 1, 1, '', remove_extra_whitespaces",
      "2, 1, 0, nfkc, character normaliser"})
  void otherKindsAreRefusedByName(int type, int prefix, int spaces, String map, String message) throws IOException {
    Path file = write(model(type, prefix, spaces, map));
    assertThatThrownBy(() -> Tokenizers.fromSentencePiece(file)).isInstanceOf(TokenizerException.class)
        .hasMessageContaining("x.model").hasMessageContaining(message);
  }

  @Test
  void damagedFilesAreRefusedAndNothingElse() throws IOException {
    byte[] good = model(2, 1, 0, "");
    Random random = new Random(5);
    for (int i = 0; i < 500; i++) {
      byte[] bad = Arrays.copyOf(good, i < good.length ? i : good.length);
      if (bad.length > 0) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
      }
      Path file = write(bad);
      try {
        assertThat(SentencePieceFile.metadata(file)).isNotEmpty();
      } catch (TokenizerException e) {
        assertThat(e).hasMessageContaining("x.model");
      }
    }
  }

  private Path write(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("x.model"), bytes);
  }

  private static byte[] model(int type, int prefix, int spaces, String map) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    List<String> pieces = List.of("<unk>", "<s>", "<0x61>", "a", "\u2581", "\u2581a");
    int[] types = {2, 3, 6, 1, 1, 1};
    for (int id = 0; id < types.length; id++) {
      ByteArrayOutputStream piece = new ByteArrayOutputStream();
      field(piece, 1, pieces.get(id).getBytes(StandardCharsets.UTF_8));
      piece.write(2 << 3 | 5);
      piece.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(-id).array());
      piece.writeBytes(new byte[]{3 << 3, (byte) types[id]});
      field(out, 1, piece.toByteArray());
    }
    field(out, 2, new byte[]{3 << 3, (byte) type});
    ByteArrayOutputStream normalizer = new ByteArrayOutputStream();
    field(normalizer, 2, map.getBytes(StandardCharsets.UTF_8));
    normalizer.writeBytes(new byte[]{3 << 3, (byte) prefix, 4 << 3, (byte) spaces});
    field(out, 3, normalizer.toByteArray());
    return out.toByteArray();
  }

  private static void field(ByteArrayOutputStream out, int number, byte[] bytes) {
    out.write(number << 3 | 2);
    out.write(bytes.length);
    out.writeBytes(bytes);
  }
}
