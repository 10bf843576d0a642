package org.clarion.deploy.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.clarion.deploy.terminal.Bar;
import org.clarion.deploy.terminal.ExitCode;
import org.clarion.deploy.terminal.Screen;
import org.clarion.training.phantom.PhantomGenerator;
import org.clarion.training.phantom.PhantomKind;
import org.clarion.training.phantom.Stage;
import org.clarion.training.phantom.file.PhantomFolder;
import org.clarion.training.phantom.file.Picture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code clarion phantoms}. */
@Command(name = "phantoms", mixinStandardHelpOptions = true, description = "Draw SYNTHETIC radiographs, skin photos and distractors with labels and texts.", footer = {
    "", "The same options give the same cases on every machine. Open index.html in the folder to look at them.", "",
    "Examples:", "  clarion phantoms --out phantoms --count 200",
    "  clarion phantoms --out chest --kind chest --count 1000 --seed 7 --format dicom --size 1024",
    "  clarion phantoms --out step1 --kind skin --count 500 --stage 1", "",
    "Exit codes: 0 written, 1 the folder cannot be written, 2 wrong usage."})
public final class PhantomsCommand implements Callable<Integer> {
  private static final int MOST = 1_000_000;

  /** What {@code --kind} takes. */
  enum Kind {
    CHEST, SKIN, DISTRACTOR, MIX
  }

  private final Screen screen;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "Folder to write; must be empty or new, unless --replace.")
  private Path out = Path.of("");
  @Option(names = "--kind", defaultValue = "MIX", paramLabel = "KIND", description = "chest, skin, distractor or mix (default: ${DEFAULT-VALUE}).")
  private Kind kind = Kind.MIX;
  @Option(names = "--count", defaultValue = "100", paramLabel = "N", description = "How many (default: ${DEFAULT-VALUE}).")
  private int count;
  @Option(names = "--seed", defaultValue = "1", paramLabel = "S", description = "Seed of the first; the others count on (default: ${DEFAULT-VALUE}).")
  private long seed;
  @Option(names = "--size", defaultValue = "512", paramLabel = "PX", description = "Pixels of a side, 56 to 4096 (default: ${DEFAULT-VALUE}).")
  private int size;
  @Option(names = "--format", defaultValue = "PNG", paramLabel = "FORMAT", description = "png (radiographs 16-bit), jpeg (with EXIF) or dicom (radiographs; others JPEG) (default: ${DEFAULT-VALUE}).")
  private Picture format = Picture.PNG;
  @Option(names = "--stage", defaultValue = "2", paramLabel = "1|2", description = "Whose text is the report: 1 captions and concepts, 2 reports and advice (default: ${DEFAULT-VALUE}).")
  private int stage;
  @Option(names = "--replace", description = "Write into a folder that has files.")
  private boolean replace;

  PhantomsCommand(Screen screen) {
    this.screen = screen;
  }

  @Override
  public Integer call() {
    PhantomFolder folder = new PhantomFolder(order());
    long start = System.nanoTime();
    try (Bar bar = Bar.open(screen, "Phantoms", count, "", 1)) {
      checkEmpty();
      folder.write(out, bar::at);
    } catch (IOException e) {
      throw new CommandFailure(ExitCode.FAILED, "cannot write " + out + ": " + e.getMessage());
    }
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    screen.step(String.format(Locale.ROOT, "%d SYNTHETIC cases, %.0f a second", count, count * 1e9 / took.toNanos()),
        took);
    screen.print(out.resolve("index.html").toString());
    return ExitCode.OK;
  }

  private PhantomFolder.Order order() {
    within("--count", count, 1, MOST);
    within("--size", size, PhantomGenerator.SMALLEST, PhantomGenerator.LARGEST);
    within("--stage", stage, 1, 2);
    Optional<PhantomKind> one = switch (kind) {
      case CHEST -> Optional.of(PhantomKind.CHEST);
      case SKIN -> Optional.of(PhantomKind.SKIN);
      case DISTRACTOR -> Optional.of(PhantomKind.DISTRACTOR);
      case MIX -> Optional.empty();
    };
    return new PhantomFolder.Order(one, count, seed, size, format, stage == 1 ? Stage.ONE : Stage.TWO);
  }

  private void checkEmpty() throws IOException {
    if (replace || !Files.exists(out)) {
      return;
    }
    if (!Files.isDirectory(out)) {
      throw new CommandFailure(ExitCode.USAGE, "--out " + out + " is a file, not a folder");
    }
    try (Stream<Path> files = Files.list(out)) {
      if (files.findAny().isPresent()) {
        throw new CommandFailure(ExitCode.USAGE, "--out " + out + " has files already; name another, or add --replace");
      }
    }
  }

  private static void within(String option, int value, int least, int most) {
    if (value < least || value > most) {
      throw new CommandFailure(ExitCode.USAGE, option + " is " + value + "; it must be " + least + " to " + most);
    }
  }
}
