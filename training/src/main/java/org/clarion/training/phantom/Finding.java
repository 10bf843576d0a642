package org.clarion.training.phantom;

import java.util.List;

/**
 * What a chest radiograph may show. The words are those that a report may use; a reader of reports looks for any of
 * them, so no wording of one generator is special.
 */
@SuppressWarnings("ImmutableEnumChecker") // made by List.of and Set.of
public enum Finding {
  CARDIOMEGALY("cardiomegaly", false, "cardiomegaly", "enlarged heart", "heart is enlarged", "cardiac enlargement",
      "enlarged cardiac silhouette", "cardiac silhouette is enlarged", "enlargement of the cardiac silhouette",
      "enlargement of the heart", "heart size is enlarged"), EFFUSION("pleural effusion", true, "pleural effusion",
          "effusion", "pleural fluid", "costophrenic angle is blunted",
          "blunting of the"), PNEUMOTHORAX("pneumothorax", true, "pneumothorax", "pneumothoraces",
              "visceral pleural line", "air in the pleural"), CONSOLIDATION("consolidation", true, "consolidation",
                  "airspace opacity", "air space opacity", "airspace disease",
                  "air bronchogram", "consolidative", "pneumonia"), NODULE("pulmonary nodule", true, "nodule",
                      "nodules", "nodular", "rounded opacity", "round opacity"), TUBE("endotracheal tube", false,
                          "endotracheal tube", "tracheal tube", "ett"), LINE("central venous line", true,
                              "central venous line", "central venous catheter", "central line",
                              "subclavian line", "subclavian catheter");

  private final String words;
  private final boolean sided;
  private final List<String> mentions;

  Finding(String words, boolean sided, String... mentions) {
    this.words = words;
    this.sided = sided;
    this.mentions = List.of(mentions);
  }

  /** The name in running text. */
  public String words() {
    return words;
  }

  /** Whether a frontal film shows on which side it is. */
  public boolean sided() {
    return sided;
  }

  /** Lower-case phrases that speak of it, whether they affirm or deny it. */
  public List<String> mentions() {
    return mentions;
  }

  /** The name in labels: lower case. */
  public String label() {
    return Words.label(this);
  }
}
