package org.clarion.training.align;

import java.util.List;
import org.clarion.training.phantom.Turn;

/**
 * What there is to say about a picture.
 *
 * @param id
 *          names it in messages
 * @param caption
 *          the short text
 * @param report
 *          the long one
 * @param dialogue
 *          questions and answers, may be empty
 * @param labels
 *          numbers of the statements of {@link LabelList} that hold; empty where nothing is known
 */
record Lesson(String id, String caption, String report, List<Turn> dialogue, List<Integer> labels) {
  Lesson {
    dialogue = List.copyOf(dialogue);
    labels = List.copyOf(labels);
  }
}
