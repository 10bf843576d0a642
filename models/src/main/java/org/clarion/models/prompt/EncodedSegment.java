package org.clarion.models.prompt;

/** A piece of a prompt as a model takes it. */
public sealed interface EncodedSegment {

  /**
   * Token ids.
   *
   * @param ids
   *          owned by the record: not to be changed after construction
   */
  record Tokens(int[] ids) implements EncodedSegment {}

  /** The place of a picture's vectors. */
  record Image(int index) implements EncodedSegment {}
}
