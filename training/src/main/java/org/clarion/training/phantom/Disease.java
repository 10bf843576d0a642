package org.clarion.training.phantom;

import static org.clarion.training.phantom.Concept.*;

import java.util.List;
import java.util.Set;

/**
 * Skin conditions that are drawn here: what they show, why they come about, and what is sensible to do. The words are
 * of a leaflet, not of a prescription.
 */
@SuppressWarnings("ImmutableEnumChecker") // made by List.of and Set.of
public enum Disease {
  HEALTHY("healthy skin", Set.of(), "No lesion is visible.", "No treatment is needed; use sun protection.",
      "healthy skin", "no lesion", "normal skin"), ACNE("acne", Set.of(PAPULE, PUSTULE, ERYTHEMA, SCATTERED),
          "Blocked hair follicles become inflamed under the influence of sebum and bacteria.",
          "Wash gently, avoid oily cosmetics, and ask about a benzoyl peroxide or retinoid gel.",
          "acne"), ECZEMA("eczema", Set.of(PATCH, ERYTHEMA, SCALE, BLURRED_BORDER),
              "A weak skin barrier lets irritants and allergens cause itching inflammation.",
              "Use emollients daily, avoid irritants, and ask about a short course of a topical steroid.", "eczema",
              "dermatitis"), PSORIASIS("psoriasis", Set.of(PLAQUE, ERYTHEMA, SCALE, SHARP_BORDER),
                  "The immune system makes skin cells divide too fast, so that silvery scale builds up.",
                  "Use emollients, and ask about vitamin D analogues, topical steroids or light treatment.",
                  "psoriasis"), TINEA("tinea", Set.of(PLAQUE, ERYTHEMA, SCALE, ANNULAR),
                      "A fungus grows outwards in the top layer of the skin and leaves a clearing centre.",
                      "Keep the skin dry and ask about an antifungal cream; a scraping confirms it.", "tinea",
                      "ringworm",
                      "fungal infection"), NAEVUS("melanocytic naevus",
                          Set.of(MACULE, BROWN, SHARP_BORDER, SYMMETRIC, SOLITARY),
                          "A harmless cluster of pigment cells.",
                          "No treatment is needed; watch for change in size, shape or colour.", "naevus", "nevus",
                          "mole"), MELANOMA("melanoma",
                              Set.of(PATCH, BROWN, BLACK, BLUE, IRREGULAR_BORDER, ASYMMETRIC, SOLITARY),
                              "Pigment cells grow out of control, often after damage by sunlight.",
                              "Urgent referral to a dermatologist for dermoscopy and excision biopsy is advised.",
                              "melanoma"), BASAL_CELL_CARCINOMA("basal cell carcinoma",
                                  Set.of(NODULE, DOME_SHAPED, TELANGIECTASIA, ULCER, SOLITARY),
                                  "Cells of the lowest layer of the skin grow slowly after years of sunlight.",
                                  "Referral to a dermatologist for biopsy and removal is advised.",
                                  "basal cell carcinoma"), ACTINIC_KERATOSIS("actinic keratosis",
                                      Set.of(MACULE, ERYTHEMA, CRUST, SCATTERED),
                                      "Long exposure to the sun damages the cells of the top layer.",
                                      "Protect the skin from the sun and ask a dermatologist about freezing or a cream; watch for growth.",
                                      "actinic keratosis", "solar keratosis"), SEBORRHOEIC_KERATOSIS(
                                          "seborrhoeic keratosis", Set.of(PLAQUE, BROWN, WARTY, SHARP_BORDER, SOLITARY),
                                          "A harmless overgrowth of the top layer that comes with age.",
                                          "No treatment is needed; it can be frozen or shaved off if it bothers.",
                                          "seborrhoeic keratosis",
                                          "seborrheic keratosis"), VITILIGO("vitiligo",
                                              Set.of(PATCH, WHITE, SHARP_BORDER),
                                              "The immune system destroys pigment cells.",
                                              "Protect the pale skin from the sun and ask about topical treatment or light treatment.",
                                              "vitiligo"), HERPES_ZOSTER("herpes zoster",
                                                  Set.of(VESICLE, ERYTHEMA, GROUPED),
                                                  "The chickenpox virus wakes up in a nerve root and spreads along the nerve.",
                                                  "See a doctor promptly: antiviral tablets work best within three days.",
                                                  "herpes zoster", "shingles"), BULLOUS_PEMPHIGOID("bullous pemphigoid",
                                                      Set.of(BULLA, ERYTHEMA),
                                                      "Antibodies split the skin at the base of its top layer.",
                                                      "See a dermatologist soon; do not open the blisters.",
                                                      "bullous pemphigoid", "pemphigoid"), IMPETIGO("impetigo",
                                                          Set.of(CRUST, YELLOW, ERYTHEMA, GROUPED),
                                                          "Bacteria infect the surface of the skin.",
                                                          "Keep it clean, do not share towels, and ask about an antibiotic cream.",
                                                          "impetigo"), URTICARIA("urticaria",
                                                              Set.of(WHEAL, ERYTHEMA, SCATTERED),
                                                              "Mast cells release histamine, which makes the skin swell for hours.",
                                                              "Avoid known triggers and ask about an antihistamine; swelling of lips or throat is an emergency.",
                                                              "urticaria",
                                                              "hives"), MOLLUSCUM("molluscum contagiosum",
                                                                  Set.of(PAPULE, DOME_SHAPED, UMBILICATED, SCATTERED),
                                                                  "A pox virus makes small pearly papules.",
                                                                  "It goes away by itself; avoid scratching and shared towels.",
                                                                  "molluscum"), ANGIOMA("cherry angioma",
                                                                      Set.of(PAPULE, PURPLE, SHARP_BORDER, SYMMETRIC),
                                                                      "A harmless knot of small blood vessels.",
                                                                      "No treatment is needed; laser can remove it.",
                                                                      "angioma",
                                                                      "haemangioma", "hemangioma");

  private final String words;
  private final Set<Concept> concepts;
  private final String cause;
  private final String advice;
  private final List<String> mentions;

  Disease(String words, Set<Concept> concepts, String cause, String advice, String... mentions) {
    this.words = words;
    this.concepts = Set.copyOf(concepts);
    this.cause = cause;
    this.advice = advice;
    this.mentions = List.of(mentions);
  }

  /** The name in running text. */
  public String words() {
    return words;
  }

  /** What every picture of it shows; some show more. */
  public Set<Concept> concepts() {
    return concepts;
  }

  /** Where it comes from, one sentence. */
  public String cause() {
    return cause;
  }

  /** What to do, one sentence. */
  public String advice() {
    return advice;
  }

  /** Lower-case phrases that name it. */
  public List<String> mentions() {
    return mentions;
  }

  /** The name in labels: lower case. */
  public String label() {
    return Words.label(this);
  }
}
