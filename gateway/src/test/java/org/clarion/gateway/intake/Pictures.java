package org.clarion.gateway.intake;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.imageio.ImageIO;
import org.clarion.models.image.RgbImage;

/** Files for the tests of this package. */
final class Pictures {
  private Pictures() {}

  static byte[] resource(String name) throws IOException {
    try (InputStream in = Pictures.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException("no resource " + name);
      }
      return in.readAllBytes();
    }
  }

  /** An 8-bit RGB file read by the JDK, which is exact for these. */
  static RgbImage reference(String name) throws IOException {
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(resource(name)));
    int[] pixels = image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth());
    byte[] rgb = new byte[3 * pixels.length];
    for (int i = 0; i < pixels.length; i++) {
      rgb[3 * i] = (byte) (pixels[i] >> 16);
      rgb[3 * i + 1] = (byte) (pixels[i] >> 8);
      rgb[3 * i + 2] = (byte) pixels[i];
    }
    return new RgbImage(image.getWidth(), image.getHeight(), rgb);
  }

  /** A PNG of one header and some deflated bytes. */
  static byte[] png(int width, int height, int depth, int colour, int interlace, byte[] rows) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes("\u0089PNG\r\n\u001a\n".getBytes(StandardCharsets.ISO_8859_1));
    out.writeBytes(chunk("IHDR", ByteBuffer.allocate(13).putInt(width).putInt(height).put((byte) depth)
        .put((byte) colour).put((byte) 0).put((byte) 0).put((byte) interlace).array()));
    try (Deflater deflater = new Deflater()) {
      deflater.setInput(rows);
      deflater.finish();
      byte[] packed = new byte[rows.length + 1000];
      int length = deflater.deflate(packed);
      out.writeBytes(chunk("IDAT", Arrays.copyOf(packed, length)));
    }
    out.writeBytes(chunk("IEND", new byte[0]));
    return out.toByteArray();
  }

  static byte[] chunk(String type, byte[] data) {
    byte[] body = ByteBuffer.allocate(4 + data.length).put(type.getBytes(StandardCharsets.ISO_8859_1)).put(data)
        .array();
    CRC32 crc = new CRC32();
    crc.update(body);
    return ByteBuffer.allocate(body.length + 8).putInt(data.length).put(body).putInt((int) crc.getValue()).array();
  }
}
