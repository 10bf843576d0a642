package org.clarion.gateway.codec;

import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;

/** Image decoders by maker: which one of several on the class path reads a format must not depend on their order. */
public enum Codec {
  /** The JDK's JPEG decoder (libjpeg): baseline and progressive, 8 bits. */
  JDK_JPEG("jpeg", "com.sun.imageio.plugins.jpeg."),
  /** TwelveMonkeys' JPEG decoder, used for lossless JPEG up to 16 bits. */
  LOSSLESS_JPEG("jpeg", "com.twelvemonkeys.imageio.plugins.jpeg."),
  /** The JJ2000 decoder of jai-imageio: JPEG 2000 codestreams up to 16 bits. */
  JPEG_2000("jpeg2000", "com.github.jaiimageio.jpeg2000.");

  private final String format;
  private final String maker;

  Codec(String format, String maker) {
    this.format = format;
    this.maker = maker;
  }

  /**
   * A new reader, to be disposed of by the caller; one thread at a time.
   *
   * @throws IllegalStateException
   *           when the decoder is not on the class path
   */
  public ImageReader reader() {
    for (Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format); readers.hasNext();) {
      ImageReader reader = readers.next();
      if (reader.getClass().getName().startsWith(maker)) {
        return reader;
      }
      reader.dispose();
    }
    throw new IllegalStateException("there is no " + format + " decoder of " + maker + "* on the class path");
  }
}
