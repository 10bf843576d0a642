package org.clarion.training.align;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.clarion.models.checkpoint.Sha256;
import org.clarion.models.image.PixelTensor;
import org.clarion.training.data.UnreadablePictureException;

/**
 * Lessons whose pictures lie ready in the model's size, in one file: decoding or drawing them once costs less than
 * doing so in every pass. Pictures are read by number; the lessons are in memory. Thread-safe until closed.
 */
final class LessonStore implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int CHUNK = 64;
  private static final String PICTURES = "pictures.bin";
  private static final String LESSONS = "lessons.jsonl";
  private static final String SUMMARY = "summary.json";

  private final List<Lesson> lessons;
  private final Summary summary;
  private final FileChannel pictures;

  /**
   * What was made ready.
   *
   * @param sha256
   *          of every lesson and picture, in order
   * @param bad
   *          what could not be used, and why
   */
  record Summary(int lessons, int imageSize, String sha256, List<String> bad) {}

  /** Told how far the making is. */
  @FunctionalInterface
  interface Progress {
    void ready(int done, int total);
  }

  private LessonStore(List<Lesson> lessons, Summary summary, FileChannel pictures) {
    this.lessons = lessons;
    this.summary = summary;
    this.pictures = pictures;
  }

  /**
   * Makes lessons ready in a folder, or opens what was made ready there before.
   *
   * @throws AlignException
   *           when fewer than two can be used
   */
  static LessonStore prepare(Path folder, Lessons source, int imageSize, Progress progress) throws IOException {
    if (!Files.exists(folder.resolve(SUMMARY))) {
      if (source.size() < 2) {
        throw few(source.size(), 0);
      }
      Files.createDirectories(folder);
      write(folder, source, imageSize, progress);
    }
    Summary summary = JSON.readValue(folder.resolve(SUMMARY).toFile(), Summary.class);
    if (summary.lessons() < 2) {
      throw few(summary.lessons(), summary.bad().size());
    }
    List<Lesson> lessons = new ArrayList<>(summary.lessons());
    try (var lines = Files.lines(folder.resolve(LESSONS))) {
      for (String line : (Iterable<String>) lines::iterator) {
        lessons.add(JSON.readValue(line, new TypeReference<Lesson>() {
        }));
      }
    }
    return new LessonStore(lessons, summary, FileChannel.open(folder.resolve(PICTURES), StandardOpenOption.READ));
  }

  private static AlignException few(int usable, int bad) {
    return new AlignException("there " + (usable == 1 ? "is 1 picture" : "are " + usable + " pictures")
        + " to learn from" + (bad > 0 ? ", and " + bad + " that cannot be used" : "")
        + "; with fewer than 2 nothing tells one picture from another");
  }

  private static void write(Path folder, Lessons source, int imageSize, Progress progress) throws IOException {
    MessageDigest digest = Sha256.digest();
    List<String> bad = new ArrayList<>();
    int good = 0;
    try (FileChannel pictures = FileChannel.open(folder.resolve(PICTURES), StandardOpenOption.CREATE,
        StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING);
        BufferedWriter lessons = Files.newBufferedWriter(folder.resolve(LESSONS))) {
      for (int at = 0; at < source.size(); at += CHUNK) {
        int end = Math.min(source.size(), at + CHUNK);
        for (Object one : IntStream.range(at, end).parallel().mapToObj(i -> read(source, i, imageSize)).toList()) {
          if (!(one instanceof Lessons.Taught taught)) {
            bad.add(String.valueOf(one));
            continue;
          }
          String line = JSON.writeValueAsString(taught.lesson());
          digest.update(line.getBytes(StandardCharsets.UTF_8));
          digest.update(taught.picture().bytes());
          lessons.write(line);
          lessons.write('\n');
          ByteBuffer bytes = ByteBuffer.wrap(taught.picture().bytes());
          while (bytes.hasRemaining()) {
            pictures.write(bytes);
          }
          good++;
        }
        progress.ready(end, source.size());
      }
    }
    JSON.writeValue(folder.resolve(SUMMARY).toFile(), new Summary(good, imageSize, HexFormat.of().formatHex(digest
        .digest()), bad));
  }

  /** A {@link Lessons.Taught}, or why there is none. */
  private static Object read(Lessons source, int index, int imageSize) {
    try {
      return source.get(index, imageSize);
    } catch (UnreadablePictureException e) {
      return e.getMessage();
    }
  }

  /** How many. */
  int size() {
    return lessons.size();
  }

  Summary summary() {
    return summary;
  }

  Lesson lesson(int index) {
    return lessons.get(index);
  }

  /** All of them. */
  List<Lesson> lessons() {
    return lessons;
  }

  PixelTensor picture(int index) throws IOException {
    int side = summary.imageSize();
    ByteBuffer bytes = ByteBuffer.allocate(3 * side * side);
    long start = (long) index * bytes.capacity();
    while (bytes.hasRemaining()) {
      if (pictures.read(bytes, start + bytes.position()) < 0) {
        throw new IOException("picture " + index + " of " + summary.lessons() + " is missing in " + PICTURES);
      }
    }
    return new PixelTensor(side, bytes.array());
  }

  @Override
  public void close() throws IOException {
    pictures.close();
  }
}
