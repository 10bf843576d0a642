package org.clarion.gateway.intake;

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
   */
  record Accepted(PixelTensor tensor, ImageFormat format, int width, int height) implements IntakeResult {}

  /** The upload was not taken. */
  record Refused(Refusal refusal) implements IntakeResult {}
}
