package org.clarion.training.phantom;

import java.util.EnumMap;
import java.util.Map;
import org.clarion.training.phantom.chest.ChestPainter;
import org.clarion.training.phantom.distractor.DistractorPainter;
import org.clarion.training.phantom.raster.Chance;
import org.clarion.training.phantom.skin.SkinPainter;

/**
 * Synthetic pictures with labels and texts, each a function of kind, seed, size and variety alone: the same on every
 * machine, in any order. Nothing is read and nothing is written. Thread-safe.
 */
public final class PhantomGenerator {
  /** Fewer pixels do not show a nodule; more serve no encoder. */
  public static final int SMALLEST = 56;
  /** See {@link #SMALLEST}. */
  public static final int LARGEST = 4096;

  private final int size;
  private final Map<PhantomKind, Painter> painters;

  /**
   * A generator.
   *
   * @param size
   *          pixels of a side, {@value #SMALLEST} to {@value #LARGEST}
   */
  public PhantomGenerator(int size) {
    this(size, Wording.Variety.MANY);
  }

  /** The same, whose texts have this variety. */
  public PhantomGenerator(int size, Wording.Variety variety) {
    if (size < SMALLEST || size > LARGEST) {
      throw new IllegalArgumentException(
          "a phantom has " + SMALLEST + " to " + LARGEST + " pixels a side, not " + size);
    }
    this.size = size;
    this.painters = new EnumMap<>(Map.of(PhantomKind.CHEST, new ChestPainter(variety), PhantomKind.SKIN,
        new SkinPainter(variety), PhantomKind.DISTRACTOR, new DistractorPainter(variety)));
  }

  /** A phantom of a kind. */
  public Phantom next(PhantomKind kind, long seed) {
    Painter painter = painters.get(kind);
    if (painter == null) {
      throw new IllegalStateException("there is no painter for " + kind);
    }
    String id = kind.label() + "-" + Long.toUnsignedString(seed);
    return painter.paint(id, seed, new Chance(Chance.mix(seed)).fork(kind.label()), size);
  }

  /** A phantom of the mixture: four in ten chests, four in ten skin, two in ten distractors. */
  public Phantom next(long seed) {
    double kind = new Chance(~seed).unit();
    return next(kind < 0.4 ? PhantomKind.CHEST : kind < 0.8 ? PhantomKind.SKIN : PhantomKind.DISTRACTOR, seed);
  }
}
