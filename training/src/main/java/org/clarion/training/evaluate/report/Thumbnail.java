package org.clarion.training.evaluate.report;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.clarion.models.image.PixelTensor;
import org.clarion.training.data.PictureReader;
import org.clarion.training.data.UnreadablePictureException;

/** A small picture inside a page, as the model sees it: a square. */
final class Thumbnail {
  static final int SIDE = 112;

  private Thumbnail() {}

  /** The picture as a data URL; nothing when it cannot be read. */
  static Optional<String> of(Path image, PictureReader pictures) throws IOException {
    try {
      PixelTensor pixels = pictures.read(image, SIDE);
      BufferedImage picture = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
      byte[] bytes = pixels.bytes();
      int plane = SIDE * SIDE;
      for (int i = 0; i < plane; i++) {
        int rgb = (bytes[i] & 0xff) << 16 | (bytes[plane + i] & 0xff) << 8 | (bytes[2 * plane + i] & 0xff);
        picture.setRGB(i % SIDE, i / SIDE, rgb);
      }
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      ImageIO.write(picture, "jpeg", out);
      return Optional.of("data:image/jpeg;base64," + Base64.getEncoder().encodeToString(out.toByteArray()));
    } catch (UnreadablePictureException _) {
      return Optional.empty();
    }
  }
}
