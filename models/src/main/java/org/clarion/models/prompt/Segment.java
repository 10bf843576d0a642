package org.clarion.models.prompt;

/** A piece of a rendered prompt. Only {@link Template} pieces may spell special tokens. */
public sealed interface Segment {

  /** Words of the template's author; special tokens that they spell become their ids. */
  record Template(String text) implements Segment {}

  /** Words of a user or an earlier answer: never a special token, whatever they spell. */
  record Text(String text) implements Segment {}

  /**
   * The place of a picture's vectors.
   *
   * @param index
   *          number of the picture in the conversation, from 0
   */
  record Image(int index) implements Segment {
    public Image {
      if (index < 0) {
        throw new IllegalArgumentException("an image index is at least 0, not " + index);
      }
    }
  }
}
