package org.clarion.training.phantom.file;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.clarion.training.phantom.Phantom;
import org.clarion.training.phantom.PhantomGenerator;
import org.clarion.training.phantom.PhantomKind;
import org.clarion.training.phantom.Stage;

/**
 * Writes phantoms as a data set: {@code images/}, {@code cases.jsonl} with one case a line, {@code index.html} to look
 * at, and {@code README.txt}. The same arguments write the same cases; on the same Java, the same bytes.
 */
public final class PhantomFolder {
  private static final String README = """
      SYNTHETIC
      =========
      Every picture and text in this folder was drawn and written by `clarion phantoms` from a seed. None shows or
      describes a person. They resemble radiographs and photographs; they are not evidence about any of them, and
      nothing that is trained on them is fit for diagnosis.

      images/      the pictures
      cases.jsonl  one case a line: id, image, kind, report, stage, caption, labels, strata, dialogue, synthetic
      index.html   all, or the first few hundred, at a glance

      """;

  /**
   * What to write.
   *
   * @param kind
   *          empty for the mixture of all kinds
   * @param count
   *          phantoms, at least 1
   * @param seed
   *          of the first; the others count on from it
   * @param size
   *          pixels of a side
   * @param stage
   *          whose text is the report
   */
  public record Order(Optional<PhantomKind> kind, int count, long seed, int size, Picture picture, Stage stage) {
    public Order {
      if (count < 1) {
        throw new IllegalArgumentException("at least 1 phantom is written, not " + count);
      }
    }
  }

  private final Order order;
  private final PhantomGenerator generator;

  /** A writer. */
  public PhantomFolder(Order order) {
    this.order = order;
    this.generator = new PhantomGenerator(order.size());
  }

  /**
   * Writes the folder, replacing files of the same names.
   *
   * @param done
   *          told how many are written after each
   */
  public void write(Path folder, LongConsumer done) throws IOException {
    Path images = Files.createDirectories(folder.resolve("images"));
    ContactSheet sheet = new ContactSheet();
    try (BufferedWriter cases = Files.newBufferedWriter(folder.resolve("cases.jsonl"))) {
      for (int i = 0; i < order.count(); i++) {
        long seed = order.seed() + i;
        Phantom phantom = order.kind().map(kind -> generator.next(kind, seed)).orElseGet(() -> generator.next(seed));
        Picture picture = order.picture().of(phantom.details().kind());
        String name = phantom.details().id() + "." + picture.extension();
        Files.write(images.resolve(name), picture.bytes(phantom));
        cases.write(CaseJson.line(phantom.details(), "images/" + name, order.stage()));
        cases.write('\n');
        sheet.add(phantom);
        done.accept(i + 1L);
      }
    }
    Files.writeString(folder.resolve("index.html"), sheet.html(order.count()));
    Files.writeString(folder.resolve("README.txt"), README + "Made with: " + command() + "\n");
  }

  private String command() {
    return "clarion phantoms --kind " + order.kind().map(PhantomKind::label).orElse("mix") + " --count " + order.count()
        + " --seed " + order.seed() + " --size " + order.size() + " --format " + order.picture().name().toLowerCase(
            Locale.ROOT)
        + " --stage " + order.stage().label();
  }
}
