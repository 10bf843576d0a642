package org.clarion.training.align;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** {@code losses.csv}: a line for each step. A training that goes on forgets the steps that it makes again. */
final class LossLog implements AutoCloseable {
  private static final String HEADER = "stage,step,loss,rate,gradient,positions,seconds";

  private final Path file;
  private final List<Row> rows;
  private BufferedWriter writer;

  /**
   * A step.
   *
   * @param loss
   *          mean of its batches
   * @param gradient
   *          length of all gradients together
   * @param positions
   *          that were computed
   * @param seconds
   *          that it took
   */
  record Row(String stage, long step, double loss, double rate, double gradient, long positions, double seconds) {
    private String line() {
      return String.format(Locale.ROOT, "%s,%d,%s,%s,%s,%d,%.4f", stage, step, loss, rate, gradient, positions,
          seconds);
    }

    private static Row of(String line) {
      String[] parts = line.split(",", -1);
      return new Row(parts[0], Long.parseLong(parts[1]), Double.parseDouble(parts[2]), Double.parseDouble(parts[3]),
          Double.parseDouble(parts[4]), Long.parseLong(parts[5]), Double.parseDouble(parts[6]));
    }
  }

  private LossLog(Path file, List<Row> rows) throws IOException {
    this.file = file;
    this.rows = new ArrayList<>(rows);
    this.writer = rewrite();
  }

  /** Opens or begins a log. A last line that was cut off does not count. */
  static LossLog open(Path file) throws IOException {
    List<Row> rows = new ArrayList<>();
    if (Files.exists(file)) {
      String text = Files.readString(file);
      text.substring(0, text.lastIndexOf('\n') + 1).lines().skip(1).map(Row::of).forEach(rows::add);
    }
    return new LossLog(file, rows);
  }

  private BufferedWriter rewrite() throws IOException {
    Path partial = file.resolveSibling(file.getFileName() + ".partial");
    List<String> lines = new ArrayList<>(List.of(HEADER));
    rows.forEach(row -> lines.add(row.line()));
    Files.write(partial, lines);
    TensorFile.replace(partial, file);
    return Files.newBufferedWriter(file, StandardOpenOption.APPEND);
  }

  /** Forgets a stage's steps from this one on. */
  void forget(String stage, long step) throws IOException {
    if (rows.removeIf(row -> row.stage().equals(stage) && row.step() >= step)) {
      writer.close();
      writer = rewrite();
    }
  }

  void add(Row row) throws IOException {
    rows.add(row);
    writer.write(row.line());
    writer.write('\n');
    writer.flush();
  }

  List<Row> rows() {
    return List.copyOf(rows);
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }
}
