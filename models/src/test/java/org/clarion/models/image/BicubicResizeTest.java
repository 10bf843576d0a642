package org.clarion.models.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.assertj.core.data.Offset;
import org.clarion.models.Resources;
import org.clarion.models.SharedFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BicubicResizeTest {
  private static final List<Double> MEAN = List.of(0.48145466, 0.4578275, 0.40821073);
  private static final List<Double> STD = List.of(0.26862954, 0.26130258, 0.27577711);

  @ParameterizedTest
  @ValueSource(strings = {"1x1", "2x2", "3x100", "9x23", "14x14", "36x24", "37x7", "37x23", "50x9", "111x69",
      "224x224"})
  void everySizeIsPillowsBitForBit(String size) throws IOException {
    RgbImage source = picture(Resources.bytes("image/resize_cases/source.png"));
    RgbImage expected = picture(Resources.bytes("image/resize_cases/" + size + ".png"));
    RgbImage resized = BicubicResize.resize(source, expected.width(), expected.height());
    assertThat(resized.width() + "x" + resized.height()).isEqualTo(size);
    assertThat(resized.rgb()).isEqualTo(expected.rgb());
  }

  @ParameterizedTest
  @ValueSource(strings = {"ISIC_0000000_jpg", "exif_6_jpg", "progressive_420_jpg", "cmyk_jpg"})
  void photosAreResizedAsByPillow(String name) throws IOException {
    RgbImage source = shared("decoded/" + name + ".png");
    assertThat(BicubicResize.resize(source, 224, 224).rgb()).isEqualTo(shared("resized/" + name + ".png").rgb());
  }

  @ParameterizedTest
  @ValueSource(strings = {"ISIC_0000000_jpg", "exif_6_jpg", "panorama_png"})
  void normalisedTensorsAreTheReferences(String name) throws IOException {
    Path npy = SharedFiles.require("fixtures/preprocessing/tensors/" + name + ".npy");
    float[] tensor = PixelTensor.of(shared("resized/" + name + ".png")).normalised(MEAN, STD);
    ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(npy)).order(ByteOrder.LITTLE_ENDIAN);
    FloatBuffer expected = file.position(10 + file.getShort(8)).slice().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
    assertThat(tensor).hasSize(expected.remaining());
    for (float value : tensor) {
      assertThat(Math.abs(value - expected.get())).isLessThanOrEqualTo(1e-6f);
    }
  }

  @Test
  void channelsBecomePlanes() {
    PixelTensor tensor = PixelTensor.of(new RgbImage(2, 2, new byte[]{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
    assertThat(tensor.bytes()).containsExactly(1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12);
    assertThat(tensor.normalised(List.of(0.0, 0.0, 0.0), List.of(1.0, 1.0, 0.5))[8])
        .isCloseTo(3 / 255f * 2, Offset.offset(1e-7f));
  }

  @Test
  void aSteadyPictureStaysSteady() {
    Random random = new Random(1);
    for (int i = 0; i < 50; i++) {
      byte value = (byte) random.nextInt(256);
      int width = 1 + random.nextInt(60);
      int height = 1 + random.nextInt(60);
      byte[] rgb = new byte[3 * width * height];
      Arrays.fill(rgb, value);
      byte[] resized = BicubicResize
          .resize(new RgbImage(width, height, rgb), 1 + random.nextInt(60), 1 + random.nextInt(60)).rgb();
      assertThat(resized).containsOnly(value);
    }
  }

  @Test
  void impossibleSizesAreNamed() {
    RgbImage picture = new RgbImage(2, 1, new byte[6]);
    assertThatThrownBy(() -> BicubicResize.resize(picture, 0, 5)).hasMessageContaining("0x5");
    assertThatThrownBy(() -> PixelTensor.of(picture)).hasMessageContaining("2x1");
    assertThatThrownBy(() -> new RgbImage(2, 2, new byte[5])).hasMessageContaining("2x2").hasMessageContaining("5");
  }

  private static RgbImage shared(String name) throws IOException {
    return picture(Files.readAllBytes(SharedFiles.require("fixtures/preprocessing/" + name)));
  }

  private static RgbImage picture(byte[] png) throws IOException {
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(png));
    int[] pixels = image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    byte[] rgb = new byte[3 * pixels.length];
    for (int i = 0; i < pixels.length; i++) {
      rgb[3 * i] = (byte) (pixels[i] >> 16);
      rgb[3 * i + 1] = (byte) (pixels[i] >> 8);
      rgb[3 * i + 2] = (byte) pixels[i];
    }
    return new RgbImage(image.getWidth(), image.getHeight(), rgb);
  }
}
