package org.clarion.training.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/** Collects cases and bad rows of one file; makes ids unique. Not thread-safe. */
final class Rows {
  private final Path file;
  private final List<ReportCase> cases = new ArrayList<>();
  private final List<BadRow> badRows = new ArrayList<>();
  private final Set<String> ids = new HashSet<>();

  Rows(Path file) {
    this.file = file;
  }

  /** A row's fault. */
  static final class RowFault extends RuntimeException {
    private static final long serialVersionUID = 1;

    RowFault(String reason) {
      super(reason);
    }
  }

  /** Takes what the row yields, or notes its fault. */
  void add(long line, Supplier<ReportCase> row) {
    try {
      ReportCase read = row.get();
      if (!ids.add(read.id())) {
        String unique = read.id() + "#" + line;
        ids.add(unique);
        read = new ReportCase(unique, read.image(), read.report(), read.strata(), read.labels(), read.dialogue());
      }
      cases.add(read);
    } catch (RowFault e) {
      bad(line, String.valueOf(e.getMessage()));
    }
  }

  void bad(long line, String reason) {
    badRows.add(new BadRow(file, line, reason));
  }

  List<ReportCase> cases() {
    return cases;
  }

  List<BadRow> badRows() {
    return badRows;
  }
}
