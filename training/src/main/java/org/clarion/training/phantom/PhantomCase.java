package org.clarion.training.phantom;

import java.util.List;

/**
 * Everything about a phantom but its pixels.
 *
 * @param id
 *          unique among phantoms of one kind: kind and seed
 * @param caption
 *          text of {@link Stage#ONE}
 * @param report
 *          text of {@link Stage#TWO}
 */
public record PhantomCase(String id, PhantomKind kind, long seed, Labels labels, String caption, String report,
    List<Turn> dialogue) {
  public PhantomCase {
    dialogue = List.copyOf(dialogue);
  }

  /** The text that a stage trains. */
  public String text(Stage stage) {
    return switch (stage) {
      case ONE -> caption;
      case TWO -> report;
    };
  }

  /** How the picture was taken. */
  public View view() {
    return switch (labels) {
      case Labels.Chest chest -> chest.view();
      case Labels.Skin skin -> skin.view();
      case Labels.Distractor _ -> View.NONE;
    };
  }

  /** The size of the largest finding. */
  public Extent extent() {
    return labels instanceof Labels.Chest chest
        ? chest.findings().stream().map(FindingLabel::extent).filter(e -> e != Extent.NONE)
            .max(Extent::compareTo).orElse(Extent.NONE)
        : Extent.NONE;
  }
}
