package org.clarion.training.phantom.file;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferUShort;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Iterator;
import java.util.Locale;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.clarion.training.phantom.Phantom;
import org.clarion.training.phantom.PhantomKind;

/** The forms in which a phantom is written. */
public enum Picture {
  /** Lossless: 16 bits for radiographs, 8 for colour. */
  PNG("png"),
  /** As phones and archives keep pictures, 8 bits, with EXIF that says SYNTHETIC. */
  JPEG("jpg"),
  /** For radiographs, 16-bit words; anything else becomes JPEG. */
  DICOM("dcm");

  private static final float QUALITY = 0.92f;

  private final String extension;

  Picture(String extension) {
    this.extension = extension;
  }

  /** The form that this one has for a kind. */
  public Picture of(PhantomKind kind) {
    return this == DICOM && kind != PhantomKind.CHEST ? JPEG : this;
  }

  /** The end of file names. */
  public String extension() {
    return extension;
  }

  /**
   * A phantom as a file.
   *
   * @throws IOException
   *           when no writer for the format is in the JDK
   */
  public byte[] bytes(Phantom phantom) throws IOException {
    return switch (of(phantom.details().kind())) {
      case PNG -> plain(phantom.image(), "png");
      case JPEG -> Exif.insert(jpeg(eight(phantom.image())));
      case DICOM -> DicomFile.of(phantom.image(), phantom.details());
    };
  }

  /** A small JPEG for a page. */
  static byte[] jpeg(BufferedImage image) throws IOException {
    Iterator<ImageWriter> writers = ImageIO.getImageWritersByFormatName("jpeg");
    if (!writers.hasNext()) {
      throw new IOException("this Java has no writer for JPEG");
    }
    ImageWriter writer = writers.next();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ImageOutputStream stream = ImageIO.createImageOutputStream(out)) {
      ImageWriteParam how = writer.getDefaultWriteParam();
      how.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      how.setCompressionQuality(QUALITY);
      writer.setOutput(stream);
      writer.write(null, new IIOImage(image, null, null), how);
    } finally {
      writer.dispose();
    }
    return out.toByteArray();
  }

  /** 16-bit grey cut to 8 bits by sample; the JDK's own conversion would change the grey curve. */
  static BufferedImage eight(BufferedImage image) {
    if (!(image.getRaster().getDataBuffer() instanceof DataBufferUShort words)) {
      return image;
    }
    BufferedImage eight = new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_BYTE_GRAY);
    int width = image.getWidth();
    short[] samples = words.getData();
    for (int i = 0; i < samples.length; i++) {
      eight.getRaster().setSample(i % width, i / width, 0, (samples[i] & 0xffff) >> 8);
    }
    return eight;
  }

  private static byte[] plain(BufferedImage image, String format) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    if (!ImageIO.write(image, format, out)) {
      throw new IOException("this Java has no writer for " + format.toUpperCase(Locale.ROOT));
    }
    return out.toByteArray();
  }
}
