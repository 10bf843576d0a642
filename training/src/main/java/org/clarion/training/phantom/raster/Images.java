package org.clarion.training.phantom.raster;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.awt.image.DataBufferUShort;

/** Planes as pictures. */
public final class Images {
  private Images() {}

  /** 16-bit grey: 0 is black, 1 is 65535. */
  public static BufferedImage grey(Plane plane) {
    int size = plane.size();
    BufferedImage image = new BufferedImage(size, size, BufferedImage.TYPE_USHORT_GRAY);
    short[] samples = ((DataBufferUShort) image.getRaster().getDataBuffer()).getData();
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (short) (int) (Smooth.unit(plane.values()[i]) * 65535 + 0.5);
    }
    return image;
  }

  /** 8-bit colour: 1 is 255. */
  public static BufferedImage colour(Plane red, Plane green, Plane blue) {
    int size = red.size();
    BufferedImage image = new BufferedImage(size, size, BufferedImage.TYPE_3BYTE_BGR);
    byte[] samples = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
    for (int i = 0; i < size * size; i++) {
      samples[3 * i] = sample(blue.values()[i]);
      samples[3 * i + 1] = sample(green.values()[i]);
      samples[3 * i + 2] = sample(red.values()[i]);
    }
    return image;
  }

  private static byte sample(float value) {
    return (byte) (int) (Smooth.unit(value) * 255 + 0.5);
  }
}
