package org.clarion.gateway.intake;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.clarion.gateway.codec.AbortListener;
import org.clarion.gateway.codec.Codec;
import org.clarion.models.image.RgbImage;

/**
 * Baseline and progressive JPEG to RGB by the JDK's own decoder (libjpeg). Colour profiles are not applied, as Pillow
 * does not. Four components are taken as Adobe writes them, inverted, and turned into RGB without a profile.
 */
final class JpegDecoder {
  private JpegDecoder() {}

  /** Decodes a file that starts with JPEG's magic. */
  static RgbImage decode(byte[] bytes, ImageLimits limits, Stop stop) throws RefusedException {
    JpegFile file = JpegFile.of(bytes, limits);
    ImageReader reader = Codec.JDK_JPEG.reader();
    AtomicBoolean damaged = new AtomicBoolean();
    try (MemoryCacheImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(file.clean()))) {
      reader.setInput(in, true, true);
      reader.addIIOReadWarningListener((_, warning) -> {
        // Some cameras leave stray bytes between segments; every other complaint means missing or wrong pixels.
        if (!warning.contains("extraneous")) {
          damaged.set(true);
        }
      });
      reader.addIIOReadProgressListener(new AbortListener(stop::requested));
      RgbImage picture = file.components() == 4
          ? inked(reader.readRaster(0, null), file.ycck())
          : coloured(reader.read(0));
      stop.check();
      if (damaged.get()) {
        throw damaged();
      }
      return ExifOrientation.upright(picture, file.orientation());
    } catch (IOException e) {
      stop.check();
      throw damaged();
    } finally {
      reader.dispose();
    }
  }

  private static RgbImage coloured(BufferedImage image) throws RefusedException {
    int pixels = image.getWidth() * image.getHeight();
    byte[] stored = image.getRaster().getDataBuffer() instanceof DataBufferByte buffer ? buffer.getData() : new byte[0];
    if (image.getType() == BufferedImage.TYPE_3BYTE_BGR && stored.length == 3 * pixels) {
      // In place: at the largest size a copy would be 192 MiB more.
      for (int i = 0; i < stored.length; i += 3) {
        byte blue = stored[i];
        stored[i] = stored[i + 2];
        stored[i + 2] = blue;
      }
      return new RgbImage(image.getWidth(), image.getHeight(), stored);
    }
    if (image.getType() == BufferedImage.TYPE_BYTE_GRAY && stored.length == pixels) {
      byte[] rgb = new byte[3 * pixels];
      for (int i = 0; i < pixels; i++) {
        rgb[3 * i] = stored[i];
        rgb[3 * i + 1] = stored[i];
        rgb[3 * i + 2] = stored[i];
      }
      return new RgbImage(image.getWidth(), image.getHeight(), rgb);
    }
    throw damaged();
  }

  private static RgbImage inked(Raster raster, boolean ycck) {
    int width = raster.getWidth();
    byte[] rgb = new byte[3 * width * raster.getHeight()];
    int[] row = new int[4 * width];
    int to = 0;
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getPixels(0, y, width, 1, row);
      for (int i = 0; i < row.length; i += 4) {
        if (ycck) {
          uncover(row, i);
        }
        // Stored inverted: what is stored is the light that remains.
        int light = row[i + 3];
        for (int c = 0; c < 3; c++) {
          rgb[to++] = (byte) Math.max(0, light - scaled(255 - row[i + c], light));
        }
      }
    }
    return new RgbImage(width, raster.getHeight(), rgb);
  }

  /** YCbCr to the inverted inks, as libjpeg does: RGB of JFIF, inverted. */
  private static void uncover(int[] row, int at) {
    int luma = row[at];
    double blue = row[at + 1] - 128.0;
    double red = row[at + 2] - 128.0;
    row[at] = 255 - clip(luma + 1.402 * red);
    row[at + 1] = 255 - clip(luma - 0.344136286 * blue - 0.714136286 * red);
    row[at + 2] = 255 - clip(luma + 1.772 * blue);
  }

  private static int clip(double value) {
    return Math.clamp(Math.round(value), 0, 255);
  }

  /** {@code a * b / 255}, rounded. */
  private static int scaled(int a, int b) {
    int product = a * b + 128;
    return (product + (product >> 8)) >> 8;
  }

  private static RefusedException damaged() {
    return new RefusedException(RefusalCode.DAMAGED, "the JPEG file is damaged: its pixels cannot be decoded");
  }
}
