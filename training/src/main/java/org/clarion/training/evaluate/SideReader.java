package org.clarion.training.evaluate;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.clarion.training.phantom.Side;

/** Finds the side that belongs to a place of a sentence: of its own part of the sentence, else the only one named. */
final class SideReader {
  private static final Pattern SIDE = Pattern.compile(
      "\\b(?:(?<both>bilateral(?:ly)?|both|biapical|bibasilar|bibasal|left and (?:the )?right|right and (?:the )?left)|(?<left>left|leftward|lll|lul)|(?<right>right|rightward|rll|rul|rml))\\b");
  /** Sides of organs, and where something moves to, say nothing about a finding. */
  private static final Pattern OTHER = Pattern.compile(
      "\\b(?:left|right) (?=heart|atri|ventric|main)|\\b(?:shift(?:ed|ing)?|displac(?:ed|ement)|deviat(?:ed|ion)|tension)[^.,;]{0,30}?(?:left|right)\\b");
  private static final Pattern PART = Pattern.compile("[,;]|\\b(?:and|with|but|without|or|while)\\b");

  private SideReader() {}

  /** The sides that belong to the thing mentioned in {@code start} to {@code end}; empty where none does. */
  static Set<Side> at(Sentence sentence, int start, int end) {
    String text = OTHER.matcher(sentence.text()).replaceAll(match -> " ".repeat(match.end() - match.start()));
    List<MatchResult> sides = SIDE.matcher(text).results().toList();
    // "Left and right" is one word for both and no end of a part.
    List<MatchResult> parts = PART.matcher(text).results()
        .filter(part -> sides.stream().noneMatch(side -> side.start() < part.start() && part.end() < side.end()))
        .toList();
    int from = parts.stream().mapToInt(MatchResult::end).filter(place -> place <= start).max().orElse(0);
    int to = parts.stream().mapToInt(MatchResult::start).filter(place -> place >= end).min().orElse(text.length());
    List<MatchResult> own = sides.stream().filter(side -> side.start() >= from && side.end() <= to).toList();
    if (!own.isEmpty()) {
      return nearest(own, start, end);
    }
    Set<Set<Side>> named = sides.stream().map(SideReader::sides).collect(Collectors.toSet());
    return named.size() == 1 ? named.iterator().next() : sides.isEmpty() ? Set.of() : nearest(sides, start, end);
  }

  private static Set<Side> nearest(List<MatchResult> sides, int start, int end) {
    MatchResult nearest = sides.getFirst();
    for (MatchResult side : sides) {
      nearest = distance(side, start, end) < distance(nearest, start, end) ? side : nearest;
    }
    return sides(nearest);
  }

  /** Words that the mention itself holds are at distance 0. */
  private static int distance(MatchResult side, int start, int end) {
    return Math.max(0, Math.max(start - side.end(), side.start() - end));
  }

  private static Set<Side> sides(MatchResult side) {
    Matcher matcher = SIDE.matcher(side.group());
    if (!matcher.matches()) {
      throw new IllegalStateException("what was found is found again");
    }
    return matcher.group("both") != null
        ? EnumSet.of(Side.LEFT, Side.RIGHT)
        : EnumSet.of(matcher.group("left") != null ? Side.LEFT : Side.RIGHT);
  }
}
