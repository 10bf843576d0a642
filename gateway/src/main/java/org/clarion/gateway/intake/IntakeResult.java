package org.clarion.gateway.intake;

import java.util.List;
import org.clarion.models.image.PixelTensor;

/** What became of an upload. */
public sealed interface IntakeResult {

  /**
   * The picture as the encoder takes it.
   *
   * @param width
   *          of the upright picture before it was resized, pixels
   * @param height
   *          the same
   * @param notes
   *          how it was read where that is worth telling, for people; nothing of the picture's content
   */
  record Accepted(PixelTensor tensor, ImageFormat format, int width, int height, List<String> notes)
      implements
        IntakeResult {}

  /** The upload was not taken. */
  record Refused(Refusal refusal) implements IntakeResult {}
}
