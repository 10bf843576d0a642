package org.clarion.training.data;

import java.nio.file.Path;
import java.util.List;

/**
 * What was read from one place.
 *
 * @param source
 *          the file with the rows
 * @param layout
 *          how it is laid out
 * @param cases
 *          in the order of the rows
 * @param badRows
 *          rows that could not be used, in their order
 */
public record DataSet(Path source, DataLayout layout, List<ReportCase> cases, List<BadRow> badRows) {
  public DataSet {
    cases = List.copyOf(cases);
    badRows = List.copyOf(badRows);
  }
}
