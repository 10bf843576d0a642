package org.clarion.gateway.codec;

import java.util.function.BooleanSupplier;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadProgressListener;

/**
 * Ends a decode that nobody waits for, at the decoder's next report of progress.
 *
 * @param stop
 *          asked on the decoding thread
 */
public record AbortListener(BooleanSupplier stop) implements IIOReadProgressListener {
  @Override
  public void imageProgress(ImageReader source, float percentage) {
    if (stop.getAsBoolean()) {
      source.abort();
    }
  }

  @Override
  public void sequenceStarted(ImageReader source, int index) {}

  @Override
  public void sequenceComplete(ImageReader source) {}

  @Override
  public void imageStarted(ImageReader source, int index) {}

  @Override
  public void imageComplete(ImageReader source) {}

  @Override
  public void thumbnailStarted(ImageReader source, int index, int thumbnail) {}

  @Override
  public void thumbnailProgress(ImageReader source, float percentage) {}

  @Override
  public void thumbnailComplete(ImageReader source) {}

  @Override
  public void readAborted(ImageReader source) {}
}
