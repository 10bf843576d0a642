package org.clarion.models.grammar;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Decimal numbers between two bounds, digit by digit: as long as a number's digits equal a bound's, the bound limits
 * the next digit. JSON's spelling without exponent: no leading zeros, no minus before zero.
 */
final class DecimalRange {
  /** Digits before the point: what every reader of JSON takes exactly. */
  private static final int MAX_WHOLE = 15;

  private final Terms terms;
  private final int fraction;

  /**
   * A bound.
   *
   * @param included
   *          whether the number itself is allowed
   */
  record Bound(BigDecimal value, boolean included) {}

  private record Place(int at, boolean onLow, boolean onHigh) {}

  /** Numbers with up to {@code fraction} digits after the point. */
  DecimalRange(Terms terms, int fraction) {
    this.terms = terms;
    this.fraction = fraction;
  }

  /** Digits that a bound may have before and after the point. */
  static boolean fits(BigDecimal value, int fraction) {
    BigDecimal plain = value.stripTrailingZeros();
    return plain.precision() - plain.scale() <= MAX_WHOLE && plain.scale() <= fraction;
  }

  /** Numbers from {@code low} to {@code high}, null for no bound; both fit. */
  Term between(@Nullable Bound low, @Nullable Bound high) {
    Bound zero = new Bound(BigDecimal.ZERO, true);
    Bound beyondZero = new Bound(BigDecimal.ZERO, false);
    List<Term> parts = new ArrayList<>();
    if (high == null || high.value().signum() >= 0) {
      parts.add(positive(low == null || low.value().signum() < 0 ? zero : low, high));
    }
    if (low == null || low.value().signum() < 0) {
      Bound nearest = high == null || high.value().signum() >= 0 ? beyondZero : negated(high);
      parts.add(terms.seq(terms.literal("-"), positive(nearest, low == null ? null : negated(low))));
    }
    return terms.alt(parts);
  }

  private static Bound negated(Bound bound) {
    return new Bound(bound.value().negate(), bound.included());
  }

  private Term positive(Bound low, @Nullable Bound high) {
    List<Term> lengths = new ArrayList<>();
    for (int whole = 1; whole <= MAX_WHOLE; whole++) {
      String lowDigits = digits(low.value(), whole);
      String highDigits = high == null ? null : digits(high.value(), whole);
      // A longer lower bound excludes all numbers of this length, a longer upper bound none.
      if (lowDigits.length() == whole + fraction) {
        boolean bounded = highDigits != null && highDigits.length() == whole + fraction;
        lengths.add(new Length(whole, lowDigits, low.included(), bounded ? highDigits : null,
            high == null || high.included()).from(new Place(0, true, bounded)));
      }
    }
    return terms.alt(lengths);
  }

  /** The number's digits, filled with zeros to so many before the point. */
  private String digits(BigDecimal value, int whole) {
    BigInteger scaled = value.movePointRight(fraction).toBigIntegerExact();
    String digits = scaled.toString();
    return "0".repeat(Math.max(0, whole + fraction - digits.length())) + digits;
  }

  /** Numbers of one count of digits before the point. */
  private final class Length {
    private final int whole;
    private final String low;
    private final boolean lowIncluded;
    private final @Nullable String high;
    private final boolean highIncluded;
    private final Map<Place, Term> known = new HashMap<>();

    Length(int whole, String low, boolean lowIncluded, @Nullable String high, boolean highIncluded) {
      this.whole = whole;
      this.low = low;
      this.lowIncluded = lowIncluded;
      this.high = high;
      this.highIncluded = highIncluded;
    }

    /** What may follow so many digits. */
    Term from(Place place) {
      Term term = known.get(place);
      if (term == null) {
        List<Term> choices = new ArrayList<>();
        if (place.at() >= whole && mayEnd(place)) {
          choices.add(terms.blank);
        }
        if (place.at() < whole + fraction) {
          Term digit = digit(place);
          choices.add(place.at() == whole ? terms.seq(terms.literal("."), digit) : digit);
        }
        term = terms.alt(choices);
        known.put(place, term);
      }
      return term;
    }

    private Term digit(Place place) {
      int at = place.at();
      int least = place.onLow() ? low.charAt(at) : '0';
      int most = place.onHigh() && high != null ? high.charAt(at) : '9';
      if (at == 0 && whole > 1) {
        least = Math.max(least, '1');
      }
      List<Term> choices = new ArrayList<>();
      for (int digit = least; digit <= most; digit++) {
        Place next = new Place(at + 1, place.onLow() && digit == low.charAt(at),
            place.onHigh() && high != null && digit == high.charAt(at));
        choices.add(terms.seq(terms.bytes(ByteSet.range(digit, digit)), from(next)));
      }
      return terms.alt(choices);
    }

    /** Digits left out are zeros. */
    private boolean mayEnd(Place place) {
      boolean aboveLow = !place.onLow() || (lowIncluded && zeros(low, place.at()));
      boolean belowHigh = !place.onHigh() || high == null || !zeros(high, place.at()) || highIncluded;
      return aboveLow && belowHigh;
    }

    private static boolean zeros(String digits, int from) {
      return digits.substring(from).chars().allMatch(c -> c == '0');
    }
  }
}
