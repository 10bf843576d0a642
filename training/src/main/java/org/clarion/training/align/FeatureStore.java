package org.clarion.training.align;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import org.clarion.engine.align.Sight;
import org.clarion.engine.align.TrainableModel;

/**
 * What the parts of a model that stay as they are make of pictures, computed once each and kept in a file as far as it
 * has room. To be used by the model's thread.
 */
final class FeatureStore implements AutoCloseable {
  private final LessonStore lessons;
  private final TrainableModel model;
  private final Path file;
  private final FileChannel channel;
  private final long maxBytes;
  private final BitSet kept = new BitSet();
  private int width;

  /**
   * An empty store.
   *
   * @param file
   *          replaced, and deleted at the end
   * @param maxBytes
   *          beyond which features are computed anew each time
   */
  FeatureStore(LessonStore lessons, TrainableModel model, Path file, long maxBytes) throws IOException {
    this.lessons = lessons;
    this.model = model;
    this.file = file;
    this.maxBytes = maxBytes;
    this.channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  /** A picture as the model takes it. */
  Sight sight(int index) throws IOException {
    Sight.Pixels pixels = new Sight.Pixels(lessons.picture(index));
    if (!model.keepsFeatures()) {
      return pixels;
    }
    if (kept.get(index)) {
      return new Sight.Features(read(index));
    }
    float[] features = model.features(pixels);
    width = features.length;
    if ((index + 1L) * width * Float.BYTES <= maxBytes) {
      write(index, features);
      kept.set(index);
    }
    return new Sight.Features(features);
  }

  private float[] read(int index) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(width * Float.BYTES).order(ByteOrder.nativeOrder());
    long start = (long) index * bytes.capacity();
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, start + bytes.position()) < 0) {
        throw new IOException(file + " has lost its end");
      }
    }
    float[] features = new float[width];
    bytes.flip().asFloatBuffer().get(features);
    return features;
  }

  private void write(int index, float[] features) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(features.length * Float.BYTES).order(ByteOrder.nativeOrder());
    bytes.asFloatBuffer().put(features);
    long start = (long) index * bytes.capacity();
    while (bytes.hasRemaining()) {
      channel.write(bytes, start + bytes.position());
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
    Files.deleteIfExists(file);
  }
}
