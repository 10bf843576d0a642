package org.clarion.deploy.demo;

import java.io.IOException;
import org.clarion.training.phantom.FirstQuestions;
import org.clarion.training.phantom.Phantom;
import org.clarion.training.phantom.PhantomGenerator;
import org.clarion.training.phantom.PhantomKind;
import org.clarion.training.phantom.file.Picture;

/**
 * A picture to show to a model.
 *
 * @param bytes
 *          of the file
 * @param name
 *          for people
 * @param question
 *          that suits it
 * @param shows
 *          what it is known to show; empty where nobody knows
 */
public record DemoPicture(byte[] bytes, String name, String question, String shows) {
  private static final int SIZE = 512;

  /** A picture of the user's own. */
  public static DemoPicture own(byte[] bytes, String name) {
    return new DemoPicture(bytes, name, FirstQuestions.GENERAL.getFirst(), "");
  }

  /**
   * A synthetic picture, the same for the same seed.
   *
   * @throws IOException
   *           when the JDK has no writer for PNG
   */
  public static DemoPicture drawn(PhantomKind kind, long seed) throws IOException {
    Phantom phantom = new PhantomGenerator(SIZE).next(kind, seed);
    String what = switch (kind) {
      case CHEST -> "radiograph";
      case SKIN -> "skin photo";
      case DISTRACTOR -> "picture of something else";
    };
    String question = switch (kind) {
      case CHEST, DISTRACTOR -> FirstQuestions.CHEST.getFirst();
      case SKIN -> FirstQuestions.SKIN.getFirst();
    };
    return new DemoPicture(Picture.PNG.bytes(phantom), "SYNTHETIC " + what + ", seed " + seed, question,
        phantom.details().caption());
  }
}
