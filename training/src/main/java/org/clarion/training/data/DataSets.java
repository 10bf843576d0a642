package org.clarion.training.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Reads data sets of any {@link DataLayout}. A row that cannot be used becomes a {@link BadRow}; only what leaves
 * nothing to read is an error. Pictures are not decoded.
 */
public final class DataSets {
  private static final String PHANTOM_LIST = "cases.jsonl";
  private static final String CAPTION_LIST = "filter_cap.json";

  private DataSets() {}

  /**
   * Reads a data set.
   *
   * @param place
   *          its folder, or the file with its rows
   * @throws DataException
   *           when there is none, or the folder has several
   */
  public static DataSet read(Path place) {
    Path list = Files.isDirectory(place) ? list(place) : place;
    if (!Files.isRegularFile(list)) {
      throw new DataException(place + " is neither a file nor a folder");
    }
    DataLayout layout = layout(list);
    Rows rows = new Rows(list);
    try {
      switch (layout) {
        case PHANTOMS, JSON_LINES -> JsonRows.readLines(list, rows, new RowReader(list));
        case CAPTIONS -> JsonRows.readCaptions(list, rows, new CaptionReader(list));
        case CSV -> CsvRows.read(list, rows, new RowReader(list));
      }
    } catch (IOException e) {
      throw new DataException(list + " cannot be read: " + e.getMessage(), e);
    }
    return new DataSet(list, layout, rows.cases(), rows.badRows());
  }

  private static DataLayout layout(Path list) {
    String name = String.valueOf(list.getFileName());
    String lower = name.toLowerCase(Locale.ROOT);
    if (name.equals(PHANTOM_LIST)) {
      return DataLayout.PHANTOMS;
    }
    if (lower.endsWith(".jsonl")) {
      return DataLayout.JSON_LINES;
    }
    if (lower.endsWith(".csv")) {
      return DataLayout.CSV;
    }
    if (lower.endsWith(".json")) {
      return DataLayout.CAPTIONS;
    }
    throw new DataException(list + " is not a list of cases: its name ends neither in .jsonl, .csv nor .json");
  }

  private static Path list(Path folder) {
    for (String name : List.of(PHANTOM_LIST, CAPTION_LIST)) {
      if (Files.isRegularFile(folder.resolve(name))) {
        return folder.resolve(name);
      }
    }
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> lists = files.filter(Files::isRegularFile).filter(DataSets::isList).sorted().toList();
      return switch (lists.size()) {
        case 0 -> throw new DataException(folder + " has no data set: no " + PHANTOM_LIST + ", no " + CAPTION_LIST
            + " and no other .jsonl or .csv file");
        case 1 -> lists.getFirst();
        default -> throw new DataException(folder + " has several lists of cases, name one of them: " + lists.stream()
            .map(list -> String.valueOf(list.getFileName())).toList());
      };
    } catch (IOException e) {
      throw new DataException(folder + " cannot be listed: " + e.getMessage(), e);
    }
  }

  private static boolean isList(Path file) {
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    return name.endsWith(".jsonl") || name.endsWith(".csv");
  }
}
