package org.clarion.training.phantom;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferUShort;
import java.awt.image.Raster;
import org.clarion.models.image.RgbImage;

/**
 * A synthetic picture and what it shows.
 *
 * @param image
 *          square; radiographs are 16-bit grey as displayed (white is 65535), photographs 8-bit RGB. Read grey samples
 *          from the raster: the JDK's {@code getRGB} takes grey for linear light and brightens it.
 */
public record Phantom(BufferedImage image, PhantomCase details) {

  /** The picture as encoders take it: grey by its high byte, three times. */
  public RgbImage rgb() {
    int width = image.getWidth();
    int height = image.getHeight();
    byte[] rgb = new byte[3 * width * height];
    Raster raster = image.getRaster();
    if (raster.getDataBuffer() instanceof DataBufferUShort grey) {
      short[] samples = grey.getData();
      for (int i = 0; i < samples.length; i++) {
        byte high = (byte) (samples[i] >> 8);
        rgb[3 * i] = high;
        rgb[3 * i + 1] = high;
        rgb[3 * i + 2] = high;
      }
    } else {
      int[] samples = raster.getPixels(0, 0, width, height, (int[]) null);
      for (int i = 0; i < rgb.length; i++) {
        rgb[i] = (byte) samples[i];
      }
    }
    return new RgbImage(width, height, rgb);
  }
}
