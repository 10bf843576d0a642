package org.clarion.deploy.evaluate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.clarion.gateway.intake.ImageIntake;
import org.clarion.gateway.intake.ImageLimits;
import org.clarion.gateway.intake.IntakeResult;
import org.clarion.models.image.PixelTensor;
import org.clarion.training.data.PictureReader;
import org.clarion.training.data.UnreadablePictureException;

/**
 * Picture files through the gateway's intake: what trains or is evaluated is decoded as what is served. Thread-safe.
 */
public final class IntakePictures implements PictureReader, AutoCloseable {
  private static final int THREADS = 2;
  private static final int QUEUE = 64;

  private final ImageLimits limits = ImageLimits.standard();
  private final ImageIntake intake = new ImageIntake(limits, THREADS, QUEUE);

  @Override
  public PixelTensor read(Path file, int size) {
    return switch (intake.accept(bytes(file), size).join()) {
      case IntakeResult.Accepted accepted -> accepted.tensor();
      case IntakeResult.Refused refused -> throw new UnreadablePictureException(file + ": " + refused.refusal()
          .message());
    };
  }

  private byte[] bytes(Path file) {
    try {
      long bytes = Files.size(file);
      if (bytes > limits.maxBytes()) {
        throw new UnreadablePictureException(
            file + ": the image has " + bytes + " bytes; at most " + limits.maxBytes() + " are accepted");
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UnreadablePictureException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    intake.close();
  }
}
