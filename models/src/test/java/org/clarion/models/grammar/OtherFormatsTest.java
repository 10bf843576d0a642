package org.clarion.models.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OtherFormatsTest {
  @Test
  void sectionsComeInOrderWithText() {
    Grammar grammar = Texts.compile(new OutputFormat.Sections(List.of("Findings", "Impression")));
    assertThat(List.of("Findings: Clear.\nImpression: Normal.", "Findings:\nA.\nB.\n\nC.\n\nImpression:\nImp.",
        "Findings: Impression is near.\nImpression: \u00e9", "Findings: a\nFind\nImpression: b\n Impression: c"))
        .allMatch(text -> Texts.accepts(grammar, text));
    assertThat(List.of("", "Findings: Clear.", "Impression: a\nFindings: b", "Findings: a\nImpression: ",
        "Findings: a\nImpression: b\nFindings: c", "Findings: a\nImpression: b\n", "Findings: a\n\n\nImpression: b",
        "Findings: Impression: a\nImpression: b", "Findings: a Impression: b")).noneMatch(
            text -> Texts.accepts(grammar,
                text));
  }

  @ParameterizedTest
  @CsvSource({"'',there is no section", "A:B,A:B", "' A',has a colon", "A|A,stands there twice"})
  void badTitlesAreRefused(String titles, String message) {
    List<String> list = titles.isEmpty() ? List.of() : List.of(titles.split("\\|"));
    assertThatThrownBy(() -> Texts.compile(new OutputFormat.Sections(list))).isInstanceOf(FormatException.class)
        .hasMessageContaining(message);
  }

  @Test
  void aPatternIsTheWholeAnswer() {
    Grammar grammar = Texts.compile(new OutputFormat.Regex("(?:yes|no)(?:, because .{1,10}\\.)?"));
    assertThat(List.of("yes", "no", "no, because \u00e9\ud83d\ude42.")).allMatch(text -> Texts.accepts(grammar, text));
    assertThat(List.of("", "yes ", "maybe", "no, because .", "no, because a\nb."))
        .noneMatch(text -> Texts.accepts(grammar, text));
    assertThat(Texts.accepts(Texts.compile(new OutputFormat.Regex("^a{2,3}$")), "aaa")).isTrue();
    assertThatThrownBy(() -> Texts.compile(new OutputFormat.Regex("a^b"))).hasMessageContaining("an anchor");
  }

  @Test
  void aSpaceThatVanishesIsAllowedOnceAndNotMistakenForOneThatStays() {
    Grammar plain = Grammar.compile(new OutputFormat.Regex(" ?a"), ByteSet.ALL, true, FormatLimits.STANDARD);
    assertThat(List.of("a", " a", "  a")).allMatch(text -> Texts.accepts(plain, text));
    assertThat(Texts.accepts(plain, "   a")).isFalse();
    Grammar spaced = Grammar.compile(new OutputFormat.Regex(" a"), ByteSet.ALL, true, FormatLimits.STANDARD);
    assertThat(Texts.accepts(spaced, "  a")).isTrue();
    assertThat(Texts.accepts(spaced, " a")).isFalse();
  }
}
