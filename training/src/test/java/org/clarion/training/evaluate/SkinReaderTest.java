package org.clarion.training.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import org.clarion.training.phantom.Concept;
import org.clarion.training.phantom.Disease;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SkinReaderTest {
  @Test
  void readsConceptsAndWhatIsDenied() {
    assertThat(SkinReader.concepts(
        "This is a skin disease image with the following medical features (clinical concepts): Plaque, Erythema, Scale. There is no ulceration."))
        .containsExactlyInAnyOrder(Concept.PLAQUE, Concept.ERYTHEMA, Concept.SCALE);
    assertThat(SkinReader.concepts("A brown(hyperpigmentation) macule with a sharp border, without scaling."))
        .containsExactlyInAnyOrder(Concept.BROWN, Concept.MACULE, Concept.SHARP_BORDER);
    assertThat(SkinReader.concepts("An asymmetric patch with an irregular border.")).containsExactlyInAnyOrder(
        Concept.ASYMMETRIC, Concept.PATCH, Concept.IRREGULAR_BORDER);
  }

  @Test
  void ordersTheDifferential() {
    assertThat(SkinReader.diseases("This could be psoriasis. Eczema is possible; melanoma is not seen."))
        .containsExactly(
            Disease.PSORIASIS, Disease.ECZEMA);
    assertThat(SkinReader.diseases("A skin disease image of seborrhoeic keratosis, less likely a melanoma."))
        .containsExactly(Disease.SEBORRHOEIC_KERATOSIS, Disease.MELANOMA);
  }

  @Test
  void knowsAdvice() {
    assertThat(SkinReader.advises("Referral to a dermatologist for biopsy is advised.")).isTrue();
    assertThat(SkinReader.advises("A brown macule.")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"This is not a medical image.", "I cannot describe this picture as a radiograph.",
      "The image does not show skin or a chest x-ray; it is not a chest radiograph.",
      "This picture is neither a chest radiograph nor a photo of skin.", "I am unable to assess this image."})
  void recognisesARefusal(String answer) {
    assertThat(RefusalReader.refuses(answer)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"The heart is not enlarged.", "No pneumothorax is seen.", "A plaque with scale.",
      "It is not a large effusion.", "A pneumothorax cannot be excluded.", "This could be eczema, not a melanoma."})
  void anOrdinaryAnswerIsNone(String answer) {
    assertThat(RefusalReader.refuses(answer)).isFalse();
  }
}
