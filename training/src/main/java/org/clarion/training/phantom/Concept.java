package org.clarion.training.phantom;

import java.util.List;

/** Clinical concepts of skin lesions, as dermatologists label them, and what kind of statement each is. */
@SuppressWarnings("ImmutableEnumChecker") // made by List.of and Set.of
public enum Concept {
  MACULE(Axis.MORPHOLOGY, "macule", "macules", "macular"), PATCH(Axis.MORPHOLOGY, "patch", "patches"), PAPULE(
      Axis.MORPHOLOGY, "papule", "papules",
      "papular"), PLAQUE(Axis.MORPHOLOGY, "plaque", "plaques"), NODULE(Axis.MORPHOLOGY, "nodule", "nodules",
          "nodular"), VESICLE(Axis.MORPHOLOGY, "vesicle", "vesicles", "vesicular"), BULLA(Axis.MORPHOLOGY, "bulla",
              "bullae", "blister"), PUSTULE(Axis.MORPHOLOGY, "pustule", "pustules", "pustular"), WHEAL(Axis.MORPHOLOGY,
                  "wheal", "wheals"), SCALE(Axis.SURFACE, "scale", "scaly", "scaling"), CRUST(Axis.SURFACE, "crust",
                      "crusts", "crusted",
                      "crusting"), ULCER(Axis.SURFACE, "ulcer", "ulcerated", "ulceration"), TELANGIECTASIA(Axis.SURFACE,
                          "telangiectasia", "telangiectasias", "telangiectatic"), UMBILICATED(Axis.SURFACE,
                              "umbilicated", "umbilication"), DOME_SHAPED(Axis.SURFACE, "dome-shaped"), WARTY(
                                  Axis.SURFACE, "warty/papillomatous", "warty",
                                  "papillomatous"), ERYTHEMA(Axis.COLOUR, "erythema", "erythematous"), BROWN(
                                      Axis.COLOUR, "brown(hyperpigmentation)", "brown", "hyperpigmented",
                                      "hyperpigmentation"), BLACK(Axis.COLOUR, "black"), BLUE(Axis.COLOUR, "blue",
                                          "bluish"), WHITE(Axis.COLOUR, "white(hypopigmentation)", "white",
                                              "hypopigmented", "hypopigmentation",
                                              "depigmented"), YELLOW(Axis.COLOUR, "yellow", "honey-coloured"), PURPLE(
                                                  Axis.COLOUR, "purple", "violaceous"), SHARP_BORDER(Axis.BORDER,
                                                      "sharp border", "well-defined",
                                                      "sharply demarcated"), BLURRED_BORDER(Axis.BORDER,
                                                          "blurred border", "ill-defined",
                                                          "poorly defined"), IRREGULAR_BORDER(Axis.BORDER,
                                                              "irregular border", "irregular"), SYMMETRIC(Axis.SYMMETRY,
                                                                  "symmetric", "symmetrical"), ASYMMETRIC(Axis.SYMMETRY,
                                                                      "asymmetric", "asymmetrical"), SOLITARY(
                                                                          Axis.DISTRIBUTION, "solitary",
                                                                          "single"), SCATTERED(Axis.DISTRIBUTION,
                                                                              "scattered",
                                                                              "multiple"), GROUPED(Axis.DISTRIBUTION,
                                                                                  "grouped", "clustered"), ANNULAR(
                                                                                      Axis.DISTRIBUTION, "annular",
                                                                                      "ring-shaped");

  /** What a concept speaks of. */
  public enum Axis {
    MORPHOLOGY, SURFACE, COLOUR, BORDER, SYMMETRY, DISTRIBUTION
  }

  private final Axis axis;
  private final String words;
  private final List<String> mentions;

  Concept(Axis axis, String... mentions) {
    this.axis = axis;
    this.words = mentions[0];
    this.mentions = List.of(mentions);
  }

  /** What it speaks of. */
  public Axis axis() {
    return axis;
  }

  /** The name in a list of concepts. */
  public String words() {
    return words;
  }

  /** Lower-case phrases that speak of it. */
  public List<String> mentions() {
    return mentions;
  }

  /** The name in labels: lower case. */
  public String label() {
    return Words.label(this);
  }
}
