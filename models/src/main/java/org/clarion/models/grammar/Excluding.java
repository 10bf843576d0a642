package org.clarion.models.grammar;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.clarion.models.grammar.Shape.Repeat;

/** Texts of some characters other than given ones. */
final class Excluding {
  private final Characters.Spelling spelling;
  private final Terms terms;
  private final CodePoints allowed;
  private final Term rest;

  private static final class Node {
    private final SortedMap<Integer, Node> next = new TreeMap<>();
    private boolean ends;
  }

  Excluding(Characters.Spelling spelling, Terms terms, CodePoints allowed) {
    this.spelling = spelling;
    this.terms = terms;
    this.allowed = allowed;
    this.rest = terms.repeat(spelling.of(allowed), 0, Repeat.UNBOUNDED);
  }

  /** Texts that are none of the words; the empty one too, if it is none. */
  Term words(Collection<String> words) {
    return term(tree(words), false, true);
  }

  /** Texts that begin with none of the words and are not empty. */
  Term beginnings(Collection<String> words) {
    return term(tree(words), true, false);
  }

  private static Node tree(Collection<String> words) {
    Node root = new Node();
    for (String word : words) {
      Node at = root;
      for (int character : word.codePoints().toArray()) {
        at = at.next.computeIfAbsent(character, key -> new Node());
      }
      at.ends = true;
    }
    return root;
  }

  private Term term(Node node, boolean whole, boolean mayEnd) {
    if (node.ends && whole) {
      return terms.none;
    }
    CodePoints others = allowed;
    List<Term> choices = new ArrayList<>();
    if (mayEnd && !node.ends) {
      choices.add(terms.blank);
    }
    for (var child : node.next.entrySet()) {
      CodePoints one = CodePoints.range(child.getKey(), child.getKey());
      others = others.minus(one);
      choices.add(terms.seq(spelling.of(one.and(allowed)), term(child.getValue(), whole, true)));
    }
    choices.add(terms.seq(spelling.of(others), rest));
    return terms.alt(choices);
  }
}
