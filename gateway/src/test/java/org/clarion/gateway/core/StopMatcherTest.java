package org.clarion.gateway.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StopMatcherTest {

  @Test
  void holdsBackWhatMayBecomeAStopString() {
    StopMatcher stops = new StopMatcher(List.of("###"));
    assertThat(stops.next("a#")).isEqualTo("a");
    assertThat(stops.next("#")).isEmpty();
    assertThat(stops.next("b")).isEqualTo("##b");
    assertThat(stops.next("c###d")).isEqualTo("c");
    assertThat(stops.ended()).isTrue();
    assertThat(stops.shown()).isEqualTo(5);
    assertThat(stops.next("more")).isEmpty();
    assertThat(stops.flush()).isEmpty();
  }

  @Test
  void showsAtTheEndWhatWasHeld() {
    StopMatcher stops = new StopMatcher(List.of("END"));
    assertThat(stops.next("theEN")).isEqualTo("the");
    assertThat(stops.flush()).isEqualTo("EN");
  }

  @Test
  void withoutStopStringsPassesEverything() {
    StopMatcher stops = new StopMatcher(List.of());
    assertThat(stops.next("x")).isEqualTo("x");
    assertThat(stops.flush()).isEmpty();
  }

  @Test
  void refusesAnEmptyStopString() {
    assertThatThrownBy(() -> new StopMatcher(List.of(""))).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void agreesWithANaiveSearchHoweverTheTextIsCut(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int round = 0; round < 500; round++) {
      String text = letters(random, 1 + random.nextInt(40));
      List<String> stops = List.of(letters(random, 1 + random.nextInt(4)), letters(random, 1 + random.nextInt(6)));
      assertThat(matched(text, stops, random)).as("seed %s text %s stops %s", seed, text, stops)
          .isEqualTo(naive(text, stops));
    }
  }

  private static String matched(String text, List<String> stops, SplittableRandom random) {
    StopMatcher matcher = new StopMatcher(stops);
    StringBuilder out = new StringBuilder();
    for (int at = 0; at < text.length();) {
      int to = Math.min(text.length(), at + 1 + random.nextInt(5));
      out.append(matcher.next(text.substring(at, to)));
      at = to;
    }
    return out.append(matcher.flush()).toString();
  }

  private static String naive(String text, List<String> stops) {
    for (int end = 1; end <= text.length(); end++) {
      String head = text.substring(0, end);
      int longest = stops.stream().filter(head::endsWith).mapToInt(String::length).max().orElse(0);
      if (longest > 0) {
        return head.substring(0, end - longest);
      }
    }
    return text;
  }

  private static String letters(SplittableRandom random, int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append((char) ('a' + random.nextInt(3)));
    }
    return text.toString();
  }
}
