package org.clarion.training.phantom;

import java.util.List;
import java.util.stream.Stream;

/**
 * What a talk about a picture begins with. People send a wrong picture with the question that they meant for the right
 * one, so whoever learns to refuse must hear the medical questions too.
 */
public final class FirstQuestions {
  /** Ask for the report of a radiograph. */
  public static final List<String> CHEST = List.of("Describe the given chest x-ray image in detail.",
      "What does this chest radiograph show?", "Write the findings and impression of this chest x-ray.",
      "Please report this chest radiograph.");
  /** Ask for the description of a skin photo. */
  public static final List<String> SKIN = List.of("Could you describe the skin disease in this image for me?",
      "What's wrong with my skin?");
  /** May be asked of any picture, one that is no medical one included. */
  public static final List<String> ANY = Stream.of(CHEST, SKIN,
      List.of("What does this image show?", "Describe this image in detail.", "Describe the findings.",
          "Write the findings and impression."))
      .flatMap(List::stream).toList();

  private FirstQuestions() {}
}
