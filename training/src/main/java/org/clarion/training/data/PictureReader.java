package org.clarion.training.data;

import java.nio.file.Path;
import org.clarion.models.image.PixelTensor;

/** Decodes picture files. The one who starts a program provides it, so that nothing untrusted is decoded here. */
@FunctionalInterface
public interface PictureReader {
  /**
   * The picture as encoders take it.
   *
   * @param size
   *          side of the square, pixels
   * @throws UnreadablePictureException
   *           when the file is missing, damaged, too large or of an unknown kind
   */
  PixelTensor read(Path file, int size);
}
