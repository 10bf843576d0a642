package org.clarion.deploy.simulate;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.clarion.loadtest.api.Outcome;
import org.clarion.scheduler.core.ClinicalClass;
import org.clarion.scheduler.simulate.Trace;
import org.clarion.scheduler.simulate.Visit;

/**
 * Requests of a load test as a file: one a line, numbers only. Lengths are tokens as the server counted them, images
 * included.
 */
public final class RecordedLoad {
  private static final String HEADER = "sent_us,clinic,images,prompt_tokens,cached_tokens,new_tokens,first_token_us,whole_us";
  private static final int COLUMNS = 8;
  private static final int MOST_LINES = 5_000_000;

  private RecordedLoad() {}

  /** A request that was answered; times in microseconds, {@code sent} from the start, the others from there. */
  public record Line(long sent, int clinic, int images, int promptTokens, int cachedTokens, int newTokens,
      long firstToken, long whole) {
    /** Mean time of a token after the first, in microseconds; 0 for an answer of one token. */
    public double perToken() {
      return newTokens > 1 ? (double) (whole - firstToken) / (newTokens - 1) : 0;
    }

    private String text() {
      return sent + "," + clinic + "," + images + "," + promptTokens + "," + cachedTokens + "," + newTokens + ","
          + firstToken + "," + whole;
    }
  }

  /** The line of an outcome; none for a failure, and none when the server counted no prompt tokens. */
  public static Optional<Line> line(long sentNanos, boolean image, Outcome outcome) {
    return switch (outcome) {
      case Outcome.Completed done when done.promptTokens() > 0 -> Optional.of(new Line(sentNanos / 1000, 0, image
          ? 1
          : 0, Math.toIntExact(done.promptTokens()), Math.toIntExact(done.cachedTokens()),
          Math.toIntExact(done.newTokens()), done.firstToken() / 1000, done.whole() / 1000));
      case Outcome.Completed _,Outcome.Failed _ -> Optional.empty();
    };
  }

  /** Writes the lines in order of time. */
  public static void write(Path file, List<Line> lines) throws IOException {
    List<String> text = new ArrayList<>();
    text.add(HEADER);
    lines.stream().sorted(Comparator.comparingLong(Line::sent)).map(Line::text).forEach(text::add);
    Files.write(file, text);
  }

  /**
   * Reads a file that {@link #write} has written.
   *
   * @throws IOException
   *           naming the line that cannot be read
   */
  public static List<Line> read(Path file) throws IOException {
    List<String> text = Files.readAllLines(file);
    if (text.isEmpty() || !text.getFirst().equals(HEADER)) {
      throw new IOException(file + " does not begin with " + HEADER);
    }
    if (text.size() < 2 || text.size() > MOST_LINES) {
      throw new IOException(file + " has " + (text.size() - 1) + " requests, allowed is 1 to " + MOST_LINES);
    }
    List<Line> lines = new ArrayList<>();
    for (int i = 1; i < text.size(); i++) {
      String[] cells = text.get(i).split(",", -1);
      try {
        if (cells.length != COLUMNS) {
          throw new NumberFormatException();
        }
        lines.add(new Line(Long.parseLong(cells[0]), Integer.parseInt(cells[1]), Integer.parseInt(cells[2]),
            Integer.parseInt(cells[3]), Integer.parseInt(cells[4]), Integer.parseInt(cells[5]),
            Long.parseLong(cells[6]), Long.parseLong(cells[7])));
      } catch (NumberFormatException e) {
        throw new IOException(file + ", line " + (i + 1) + " is not " + COLUMNS + " numbers", e);
      }
    }
    return lines;
  }

  /**
   * The same requests for a simulation: each its own routine visit. What the server had in its cache is taken to be a
   * part of one template, with which all of them begin.
   */
  public static Trace trace(List<Line> lines, int imageTokens) {
    List<Visit> visits = new ArrayList<>();
    int clinics = 1;
    long last = 0;
    for (Line line : lines) {
      int prompt = Math.max(1, line.promptTokens() - line.images() * imageTokens);
      visits.add(new Visit(line.sent() * 1000, line.clinic(), ClinicalClass.ROUTINE, line.images(),
          Math.min(line.cachedTokens(), prompt - 1),
          List.of(new Visit.Turn(0, prompt, line.newTokens(), line.newTokens()))));
      clinics = Math.max(clinics, line.clinic() + 1);
      last = Math.max(last, line.sent());
    }
    return new Trace("recorded, " + lines.size() + " requests", clinics, Duration.ofNanos(last * 1000 + 1), visits);
  }
}
