package org.clarion.training.data;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.clarion.training.phantom.Labels;
import org.clarion.training.phantom.Turn;

/**
 * A picture and what was said about it.
 *
 * @param id
 *          unique in its data set
 * @param image
 *          the picture's file, which was there when the data set was read
 * @param report
 *          never blank
 * @param strata
 *          what figures are broken down by, such as {@code view} or {@code skin_tone}
 * @param labels
 *          what the picture shows, where the data set says so
 * @param dialogue
 *          further questions with their answers, may be empty
 */
public record ReportCase(String id, Path image, String report, Map<String, String> strata, Optional<Labels> labels,
    List<Turn> dialogue) {
  public ReportCase {
    strata = Map.copyOf(strata);
    dialogue = List.copyOf(dialogue);
  }

  /** The same with another report. */
  public ReportCase withReport(String other) {
    return new ReportCase(id, image, other, strata, labels, dialogue);
  }
}
