package org.clarion.training.phantom.file;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import javax.imageio.ImageIO;
import org.clarion.training.phantom.PhantomGenerator;
import org.clarion.training.phantom.PhantomKind;
import org.clarion.training.phantom.Stage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The folder is what readers of data sets expect, and says SYNTHETIC all over. */
class PhantomFolderTest {
  @TempDir
  Path folder = Path.of("");

  @ParameterizedTest
  @EnumSource
  void everyCaseHasItsPicture(Picture picture) throws IOException {
    AtomicLong last = new AtomicLong();
    new PhantomFolder(new PhantomFolder.Order(Optional.empty(), 12, 1, 64, picture, Stage.TWO)).write(folder,
        last::set);
    List<String> lines = Files.readAllLines(folder.resolve("cases.jsonl"));
    assertThat(lines).hasSize(12);
    assertThat(last).hasValue(12);
    for (String line : lines) {
      JsonNode one = new ObjectMapper().readTree(line);
      assertThat(folder.resolve(one.get("image").asText())).isNotEmptyFile();
      assertThat(one.get("synthetic").asBoolean()).isTrue();
      assertThat(one.get("stage").asText()).isEqualTo("2");
      assertThat(one.get("report").asText()).isNotBlank();
      assertThat(one.get("dialogue").get(0).get("answer").asText()).isNotBlank();
      assertThat(one.get("strata").get("view").asText()).isNotBlank();
      assertThat(one.get("labels").isObject()).isTrue();
    }
    assertThat(folder.resolve("README.txt")).content().contains("SYNTHETIC").contains("--seed 1");
    assertThat(folder.resolve("index.html")).content().contains("SYNTHETIC").contains("data:image/jpeg;base64");
  }

  @Test
  void radiographsAreSixteenBitPngAndPhotosSaySyntheticInExif() throws IOException {
    PhantomGenerator generator = new PhantomGenerator(64);
    byte[] png = Picture.PNG.bytes(generator.next(PhantomKind.CHEST, 1));
    assertThat(ImageIO.read(new ByteArrayInputStream(png)).getSampleModel().getSampleSize(0)).isEqualTo(16);
    byte[] jpeg = Picture.JPEG.bytes(generator.next(PhantomKind.SKIN, 1));
    assertThat(new String(jpeg, 0, 200, StandardCharsets.ISO_8859_1)).contains("Exif\0\0MM\0*").contains("SYNTHETIC");
    assertThat(ImageIO.read(new ByteArrayInputStream(jpeg)).getWidth()).isEqualTo(64);
  }
}
