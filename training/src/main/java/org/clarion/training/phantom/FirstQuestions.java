package org.clarion.training.phantom;

import java.util.List;
import java.util.stream.Stream;
import org.clarion.training.phantom.raster.Chance;

/**
 * What a talk about a picture begins with. The picture decides the answer, not the question: people ask in their own
 * words, and send the wrong picture with the question that they meant for the right one.
 */
public final class FirstQuestions {
  /** Ask for the report of a radiograph. */
  public static final List<String> CHEST = List.of("Describe the given chest x-ray image in detail.",
      "What does this chest radiograph show?", "Write the findings and impression of this chest x-ray.",
      "Please report this chest radiograph.");
  /** Ask for the description of a skin photo. */
  public static final List<String> SKIN = List.of("Could you describe the skin disease in this image for me?",
      "What's wrong with my skin?");
  /** May be asked of any picture. */
  public static final List<String> GENERAL = List.of("Describe this image in detail.", "What does this image show?",
      "Describe the findings.", "Write the findings and impression.");

  private static final List<String> ALL = Stream.of(CHEST, SKIN, GENERAL).flatMap(List::stream).toList();
  private static final double OWN = 0.75;

  private FirstQuestions() {}

  /** A question about a picture of the kind: mostly one that is made for it, sometimes any. */
  public static String ask(PhantomKind kind, Chance chance) {
    boolean own = chance.happens(OWN);
    return chance.of(switch (kind) {
      case CHEST -> own ? CHEST : ALL;
      case SKIN -> own ? SKIN : ALL;
      case DISTRACTOR -> ALL;
    });
  }
}
