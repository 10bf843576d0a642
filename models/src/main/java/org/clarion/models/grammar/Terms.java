package org.clarion.models.grammar;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.clarion.models.grammar.Shape.Repeat;
import org.jspecify.annotations.Nullable;

/**
 * Makes terms and moves through them: the state after a byte is the term's derivative by that byte (Brzozowski 1964),
 * so that counters, unions and recursion need no table of states made beforehand. Terms without any text vanish as they
 * are made; every other state can therefore be completed to a whole text.
 *
 * <p>
 * One thread at a time.
 */
final class Terms {
  private static final int FAR = 1 << 28;

  final Term none = new Term(0, new Shape.None(), false, FAR);
  final Term blank = new Term(1, new Shape.Blank(), true, 0);
  final Term any = new Term(2, new Shape.Any(), true, 0);
  private final ByteSet alphabet;
  private final FormatLimits limits;
  private final Map<Shape, Term> terms = new HashMap<>();
  private final Map<Shape.Ref, Term> expanded = new HashMap<>();
  private boolean compiling = true;
  private int rows;

  /** Texts have bytes of the alphabet only: those that some token can spell. */
  Terms(ByteSet alphabet, FormatLimits limits) {
    this.alphabet = alphabet;
    this.limits = limits;
  }

  /** Memory of all terms and of what they remember, roughly, in bytes. */
  long memory() {
    return 150L * terms.size() + 1_048L * rows;
  }

  /** From now on terms are made by moving through them, and no longer limited. */
  void compiled() {
    compiling = false;
  }

  // ---- making

  Term bytes(ByteSet set) {
    ByteSet spelled = set.and(alphabet);
    return spelled.equals(ByteSet.NONE) ? none : intern(new Shape.OneOf(spelled), false, 1);
  }

  Term literal(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    Term term = blank;
    for (int i = utf8.length - 1; i >= 0; i--) {
      int value = utf8[i] & 0xFF;
      term = seq(bytes(ByteSet.range(value, value)), term);
    }
    return term;
  }

  Term seq(Term... parts) {
    Term term = parts[parts.length - 1];
    for (int i = parts.length - 2; i >= 0; i--) {
      term = seq(parts[i], term);
    }
    return term;
  }

  private Term seq(Term first, Term rest) {
    if (first.equals(none) || rest.equals(none)) {
      return none;
    }
    if (first.equals(blank)) {
      return rest;
    }
    if (rest.equals(blank) || first.equals(any)) {
      return first;
    }
    if (first.shape instanceof Shape.Seq) {
      return append(first, rest);
    }
    return intern(new Shape.Seq(first, rest), first.nullable && rest.nullable, add(first.shortest, rest.shortest));
  }

  /** Sequences lean to the right; long texts are long sequences, hence no recursion. */
  private Term append(Term sequence, Term rest) {
    Deque<Term> heads = new ArrayDeque<>();
    Term last = sequence;
    while (last.shape instanceof Shape.Seq(Term head, Term more)) {
      heads.push(head);
      last = more;
    }
    Term term = seq(last, rest);
    for (Term head : heads) {
      term = seq(head, term);
    }
    return term;
  }

  Term optional(Term term) {
    return alt(List.of(blank, term));
  }

  Term alt(List<Term> choices) {
    Set<Term> distinct = new LinkedHashSet<>();
    Map<Term, ByteSet> byRest = new LinkedHashMap<>();
    choices.forEach(choice -> collect(choice, distinct, byRest));
    if (distinct.contains(any)) {
      return any;
    }
    // Choices that differ in their first byte only are one.
    byRest.forEach((rest, set) -> distinct.add(seq(bytes(set), rest)));
    if (distinct.size() <= 1) {
      return distinct.isEmpty() ? none : distinct.iterator().next();
    }
    List<Term> ordered = new ArrayList<>(distinct);
    ordered.sort(Comparator.comparingInt((Term term) -> term.number));
    boolean nullable = false;
    int shortest = FAR;
    for (Term term : ordered) {
      nullable |= term.nullable;
      shortest = Math.min(shortest, term.shortest);
    }
    return intern(new Shape.Alt(List.copyOf(ordered)), nullable, shortest);
  }

  private void collect(Term choice, Set<Term> distinct, Map<Term, ByteSet> byRest) {
    switch (choice.shape) {
      case Shape.None _ -> {
        // Adds nothing.
      }
      case Shape.Alt(List<Term> inner) -> inner.forEach(term -> collect(term, distinct, byRest));
      case Shape.OneOf(ByteSet set) -> byRest.merge(blank, set, ByteSet::or);
      case Shape.Seq(Term first, Term rest) when first.shape instanceof Shape.OneOf(ByteSet set) ->
        byRest.merge(rest, set, ByteSet::or);
      case Shape.Blank _,Shape.Any _,Shape.Seq _,Shape.Repeat _,Shape.Both _,Shape.Ref _ -> distinct.add(choice);
    }
  }

  /** From {@code min} to {@code max} times, {@link Repeat#UNBOUNDED} without end. */
  Term repeat(Term unit, int min, int max) {
    if (max < min) {
      return none;
    }
    if (max == 0 || unit.equals(blank)) {
      return blank;
    }
    if (unit.equals(none)) {
      return min == 0 ? blank : none;
    }
    if (unit.nullable) {
      // Whatever is missing may be empty.
      return repeat(withoutBlank(unit), 0, max);
    }
    if (min == 1 && max == 1) {
      return unit;
    }
    return intern(new Repeat(unit, min, max), min == 0, (int) Math.min(FAR, (long) min * unit.shortest));
  }

  /** The same texts without the empty one. */
  private Term withoutBlank(Term term) {
    if (!term.nullable) {
      return term;
    }
    return switch (term.shape) {
      case Shape.Seq(Term first, Term rest) -> alt(List.of(seq(withoutBlank(first), rest), withoutBlank(rest)));
      case Shape.Alt(List<Term> choices) -> alt(choices.stream().map(this::withoutBlank).toList());
      case Repeat(Term unit, int _, int max) -> repeat(unit, 1, max);
      case Shape.Both(Term left, Term right) -> both(withoutBlank(left), right);
      case Shape.None _,Shape.Blank _,Shape.Any _,Shape.OneOf _,Shape.Ref _ -> none;
    };
  }

  /**
   * What is a text of both. Whether there is any cannot be seen from the parts: all states are gone through once.
   *
   * @throws FormatException
   *           when they are too many
   */
  Term both(Term left, Term right) {
    Term root = product(left, right);
    if (!(root.shape instanceof Shape.Both) || root.settled) {
      return root;
    }
    List<Term> found = new ArrayList<>(List.of(root));
    Set<Term> seen = new HashSet<>(found);
    Map<Term, List<Term>> before = new HashMap<>();
    Deque<Term> alive = new ArrayDeque<>();
    for (int i = 0; i < found.size(); i++) {
      limits.check("the number of states of a pattern combined with a length", found.size(), limits.products());
      Term state = found.get(i);
      boolean ends = state.nullable;
      for (int value = 0; value < 256; value++) {
        Term next = next(state, value);
        if (next.shape instanceof Shape.Both && !next.settled) {
          if (seen.add(next)) {
            found.add(next);
          }
          before.computeIfAbsent(next, key -> new ArrayList<>()).add(state);
        } else {
          ends |= !next.equals(none);
        }
      }
      if (ends) {
        alive.add(state);
      }
    }
    while (!alive.isEmpty()) {
      Term state = alive.remove();
      if (!state.settled) {
        state.settled = true;
        alive.addAll(before.getOrDefault(state, List.of()));
      }
    }
    for (Term state : found) {
      @Nullable
      Term[] row = row(state);
      for (int value = 0; value < 256; value++) {
        Term next = row[value];
        if (next != null && next.shape instanceof Shape.Both && !next.settled) {
          row[value] = none;
        }
      }
    }
    return root.settled ? root : none;
  }

  private Term product(Term left, Term right) {
    if (left.equals(none) || right.equals(none)) {
      return none;
    }
    if (left.equals(right) || right.equals(any)) {
      return left;
    }
    if (left.equals(any)) {
      return right;
    }
    if (left.equals(blank) || right.equals(blank)) {
      return left.nullable && right.nullable ? blank : none;
    }
    return intern(new Shape.Both(left, right), left.nullable && right.nullable,
        Math.max(left.shortest, right.shortest));
  }

  /** A recursive rule; the caller knows that it has a text at this depth. */
  Term ref(Shape.Rule rule, int depth) {
    return intern(new Shape.Ref(rule, depth), false, 1);
  }

  private Term intern(Shape shape, boolean nullable, int shortest) {
    Term known = terms.get(shape);
    if (known != null) {
      return known;
    }
    int number = terms.size() + 3;
    if (compiling) {
      limits.check("the number of parts of the compiled format", number, limits.terms());
    }
    Term term = new Term(number, shape, nullable, shortest);
    terms.put(shape, term);
    return term;
  }

  private static int add(int a, int b) {
    return Math.min(FAR, a + b);
  }

  // ---- moving

  /** What may follow a byte, remembered. */
  Term next(Term term, int value) {
    @Nullable
    Term[] row = row(term);
    Term next = row[value];
    if (next == null) {
      next = derive(term, value);
      row[value] = next;
    }
    return next;
  }

  private @Nullable Term[] row(Term term) {
    @Nullable
    Term[] row = term.next;
    if (row == null) {
      row = new @Nullable Term[256];
      rows++;
      term.next = row;
    }
    return row;
  }

  /** The same without remembering it, for states that are passed once. */
  Term pass(Term term, int value) {
    return term.next == null ? derive(term, value) : next(term, value);
  }

  private Term derive(Term term, int value) {
    return switch (term.shape) {
      case Shape.None _,Shape.Blank _ -> none;
      case Shape.Any _ -> any;
      case Shape.OneOf(ByteSet set) -> set.contains(value) ? blank : none;
      case Shape.Seq(Term first, Term rest) -> {
        Term after = seq(next(first, value), rest);
        yield first.nullable ? alt(List.of(after, next(rest, value))) : after;
      }
      case Shape.Alt(List<Term> choices) -> {
        List<Term> after = new ArrayList<>(choices.size());
        for (Term choice : choices) {
          Term next = pass(choice, value);
          if (!next.equals(none)) {
            after.add(next);
          }
        }
        yield after.size() == 1 ? after.getFirst() : alt(after);
      }
      case Repeat(Term unit, int min, int max) -> seq(next(unit, value), repeat(unit, Math.max(0, min - 1),
          max == Repeat.UNBOUNDED ? max : max - 1));
      case Shape.Both(Term left, Term right) -> product(pass(left, value), pass(right, value));
      case Shape.Ref ref -> next(expand(ref), value);
    };
  }

  private Term expand(Shape.Ref ref) {
    Term known = expanded.get(ref);
    if (known == null) {
      known = ref.rule().expand(ref.depth());
      expanded.put(ref, known);
    }
    return known;
  }

  /**
   * A term that cannot be told from this one by fewer than {@code reach} + 1 bytes: it allows the same beginnings of so
   * many bytes, and is nullable if this one is. Counters that are far from their ends and whatever lies further ahead
   * look alike in it.
   *
   * @param reach
   *          at least 1
   */
  Term near(Term term, int reach) {
    return switch (term.shape) {
      case Shape.None _,Shape.Blank _,Shape.Any _,Shape.OneOf _,Shape.Both _,Shape.Ref _ -> term;
      case Shape.Alt(List<Term> choices) -> alt(choices.stream().map(choice -> near(choice, reach)).toList());
      case Shape.Seq(Term first, Term rest) -> seq(near(first, reach),
          first.shortest >= reach ? any : near(rest, reach - first.shortest));
      case Repeat(Term unit, int min, int max) -> {
        // So many rounds cannot be completed within reach.
        int rounds = reach / unit.shortest + 1;
        yield repeat(unit, Math.min(min, rounds), max >= rounds ? Repeat.UNBOUNDED : max);
      }
    };
  }
}
