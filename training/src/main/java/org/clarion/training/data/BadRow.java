package org.clarion.training.data;

import java.nio.file.Path;

/**
 * A row of a data set that could not be used.
 *
 * @param file
 *          where it stands
 * @param line
 *          its first line, from 1; 0 where no line is to blame
 * @param reason
 *          what is wrong, without any text of a report
 */
public record BadRow(Path file, long line, String reason) {
  @Override
  public String toString() {
    return file + (line > 0 ? ":" + line : "") + ": " + reason;
  }
}
