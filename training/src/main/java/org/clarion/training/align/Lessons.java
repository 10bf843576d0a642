package org.clarion.training.align;

import java.nio.file.Path;
import java.util.List;
import org.clarion.models.image.BicubicResize;
import org.clarion.models.image.PixelTensor;
import org.clarion.models.image.RgbImage;
import org.clarion.training.data.PictureReader;
import org.clarion.training.data.ReportCase;
import org.clarion.training.data.UnreadablePictureException;
import org.clarion.training.phantom.Phantom;
import org.clarion.training.phantom.PhantomCase;
import org.clarion.training.phantom.PhantomGenerator;
import org.clarion.training.phantom.Stage;

/** Pictures with what there is to say about them, by number. Thread-safe. */
interface Lessons {
  /** How many. */
  int size();

  /**
   * One of them.
   *
   * @param imageSize
   *          side of the picture, pixels
   * @throws UnreadablePictureException
   *           when there is no picture to learn from
   */
  Taught get(int index, int imageSize);

  /** A lesson with its picture. */
  record Taught(Lesson lesson, PixelTensor picture) {}

  /** Those of a data set. */
  static Lessons of(List<ReportCase> cases, PictureReader pictures) {
    return new Lessons() {
      @Override
      public int size() {
        return cases.size();
      }

      @Override
      public Taught get(int index, int imageSize) {
        ReportCase one = cases.get(index);
        Path file = one.image();
        return new Taught(
            new Lesson(one.id(), one.report(), one.report(), one.dialogue(),
                one.labels().map(LabelList::held).orElse(List.of())),
            pictures.read(
                file, imageSize));
      }
    };
  }

  /** Phantoms. */
  static Lessons of(Material.Phantoms phantoms) {
    PhantomGenerator generator = new PhantomGenerator(phantoms.size(), phantoms.wordings());
    return new Lessons() {
      @Override
      public int size() {
        return phantoms.count();
      }

      @Override
      public Taught get(int index, int imageSize) {
        long seed = phantoms.seed() + index;
        Phantom phantom = phantoms.kind().map(kind -> generator.next(kind, seed)).orElseGet(() -> generator.next(seed));
        PhantomCase details = phantom.details();
        RgbImage resized = BicubicResize.resize(phantom.rgb(), imageSize, imageSize);
        return new Taught(new Lesson(details.id(), details.text(Stage.ONE), details.text(Stage.TWO), details.dialogue(),
            LabelList.held(details.labels())), PixelTensor.of(resized));
      }
    };
  }
}
