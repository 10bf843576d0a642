package org.clarion.gateway.intake;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.imageio.ImageIO;
import org.clarion.models.image.BicubicResize;
import org.clarion.models.image.PixelTensor;

/**
 * Turns uploads into pixel tensors in a few threads of its own behind a bounded queue. Whatever a file does to a
 * decoder, errors included, becomes an answer; a picture is resized where it was decoded, so that no large picture
 * leaves.
 *
 * <p>
 * Thread-safe. Nothing is written to disk and no byte of an upload appears in a message or a log.
 */
public final class ImageIntake implements AutoCloseable {
  private final ImageLimits limits;
  private final ThreadPoolExecutor workers;

  /**
   * Starts the threads.
   *
   * @param threads
   *          pictures decoded at a time; each may take six bytes per pixel of {@code limits}
   * @param queue
   *          uploads that may wait; one more is refused with {@link RefusalCode#BUSY}
   */
  public ImageIntake(ImageLimits limits, int threads, int queue) {
    this.limits = limits;
    // The default spools uploads to temporary files.
    ImageIO.setUseCache(false);
    AtomicInteger number = new AtomicInteger();
    this.workers = new ThreadPoolExecutor(threads, threads, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(queue),
        task -> Thread.ofPlatform().daemon().name("image-intake-" + number.incrementAndGet()).unstarted(task));
  }

  /** The limits that uploads are held to. */
  public ImageLimits limits() {
    return limits;
  }

  /** Uploads that wait for a thread. */
  public int waiting() {
    return workers.getQueue().size();
  }

  /**
   * Decodes an upload and resizes it to a square. Does not block; the future always completes normally, at the deadline
   * at the latest. Cancelling it, or the deadline, stops the decoder at its next row.
   *
   * @param bytes
   *          the file, not to be changed while it is being read
   * @param side
   *          of the square, pixels
   */
  public CompletableFuture<IntakeResult> accept(byte[] bytes, int side) {
    CompletableFuture<IntakeResult> answer = new CompletableFuture<>();
    try {
      // What costs nothing is refused without waiting for a thread.
      limits.checkBytes(bytes.length);
      var _ = ImageFormat.of(bytes);
      answer.completeOnTimeout(refused(new Refusal(RefusalCode.TIMEOUT,
          "decoding the image took longer than " + limits.deadline().toMillis() + " ms")), limits.deadline().toMillis(),
          TimeUnit.MILLISECONDS);
      workers.execute(() -> work(bytes, side, answer));
    } catch (RefusedException e) {
      answer.complete(refused(e.refusal()));
    } catch (RejectedExecutionException e) {
      answer.complete(refused(new Refusal(RefusalCode.BUSY,
          workers.getQueue().size() + " images wait to be decoded; no more are accepted now")));
    }
    return answer;
  }

  /** Stops taking uploads; those under way are refused. */
  @Override
  public void close() {
    workers.shutdownNow().forEach(Runnable::run);
  }

  private void work(byte[] bytes, int side, CompletableFuture<IntakeResult> answer) {
    if (answer.isDone()) {
      return;
    }
    if (workers.isShutdown()) {
      answer.complete(refused(new Refusal(RefusalCode.BUSY, "the server is shutting down")));
      return;
    }
    answer.complete(decode(bytes, side, () -> answer.isDone() || workers.isShutdown()));
  }

  private IntakeResult decode(byte[] bytes, int side, Stop stop) {
    try {
      ImageDecoder.Picture picture = ImageDecoder.decode(bytes, limits, stop);
      PixelTensor tensor = PixelTensor.of(BicubicResize.resize(picture.rgb(), side, side));
      return new IntakeResult.Accepted(tensor, picture.format(), picture.rgb().width(), picture.rgb().height(),
          picture.notes());
    } catch (RefusedException e) {
      return refused(e.refusal());
    } catch (OutOfMemoryError e) {
      return refused(new Refusal(RefusalCode.BUSY, "there is no memory for this image now"));
    } catch (Throwable e) {
      // Decoders throw anything on hostile files, errors too; the type is enough to find the place.
      return refused(new Refusal(RefusalCode.DAMAGED,
          "the image is damaged: the decoder failed with " + e.getClass().getSimpleName()));
    }
  }

  private static IntakeResult refused(Refusal refusal) {
    return new IntakeResult.Refused(refusal);
  }
}
