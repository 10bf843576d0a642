package org.clarion.training.data;

import java.util.List;
import java.util.Optional;

/** The two texts that SkinGPT-4 is trained to say: of its first step the concepts, of its second the disease too. */
public final class SkinTexts {
  private SkinTexts() {}

  /** The text of both, of one, or of neither. */
  public static Optional<String> of(List<String> concepts, Optional<String> disease) {
    Optional<String> first = concepts.isEmpty() ? Optional.empty() : Optional.of(concepts(concepts));
    return disease.map(name -> first.map(text -> text + " ").orElse("") + disease(name)).or(() -> first);
  }

  /** The first step's text. */
  public static String concepts(List<String> concepts) {
    return "This is a skin disease image with the following medical features (clinical concepts): " + String.join(", ",
        concepts) + ".";
  }

  /** What the second step adds. */
  public static String disease(String name) {
    return "This could be a skin disease image of " + name + ".";
  }
}
