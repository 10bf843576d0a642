package org.clarion.scheduler.core;

import java.time.Duration;

/**
 * What a step takes on this machine: {@code a + b rows + c tokens + d context}, fitted while steps run. Deterministic;
 * not thread-safe.
 *
 * <p>
 * Least squares of the relative error, older steps counting ever less (one {@value #MEMORY} steps ago about a third),
 * with coefficients that are never negative, by a few rounds of coordinate descent from the last solution. A step that
 * took more than {@value #TRUST} times as long as predicted, or as short, counts as just that, so that a pause of the
 * machine moves the model little. When steps take longer than predicted throughout, or shorter, all that was seen is
 * taken to have been seen on a machine of today's speed: that takes some tens of steps.
 */
public final class StepModel {
  /** After so many steps predictions are made. */
  static final int ENOUGH = 16;
  /** Steps after which an observation counts for a third. */
  static final int MEMORY = 200;
  private static final double TRUST = 4;
  private static final int FEATURES = 4;
  private static final int ROUNDS = 6;
  /** The mean error over some {@value #DRIFT_MEMORY} steps, as a logarithm, at which the machine has another speed. */
  private static final double DRIFT = 0.4;
  private static final double DRIFT_MEMORY = 16;
  private static final double KEEP = 1 - 1.0 / MEMORY;
  /** Draws coefficients that nothing has been seen of towards zero. */
  private static final double RIDGE = 1e-9;
  /** So that all features are of one size. */
  private static final double[] SCALE = {1, 1.0 / 16, 1.0 / 64, 1.0 / 16384};

  /**
   * What a step has to do.
   *
   * @param rows
   *          of the plan, drafts included
   * @param tokens
   *          positions that they compute
   * @param context
   *          keys and values that these positions read, the sum over all positions
   */
  public record Load(int rows, int tokens, long context) {
    /** Nothing. */
    public static final Load NONE = new Load(0, 0, 0);

    /** With a further row. */
    public Load plus(int position, int count) {
      return new Load(rows + 1, tokens + count, context + context(position, count));
    }

    /** With a row that verifies drafts: each of its positions yields logits, as a row does. */
    Load plusVerified(int position, int count) {
      return new Load(rows + count, tokens + count, context + context(position, count));
    }

    /** Without drafts that were not computed. */
    Load withoutDrafts(int position, int count) {
      return new Load(rows - count, tokens - count, context - context(position, count));
    }

    /** With all of another's. */
    public Load plus(Load other) {
      return new Load(rows + other.rows, tokens + other.tokens, context + other.context);
    }

    private static long context(int position, int count) {
      return (long) count * position + (long) count * (count + 1) / 2;
    }
  }

  /**
   * What was fitted, in nanoseconds; all 0 before anything was seen.
   *
   * @param fixed
   *          of every step
   * @param row
   *          of every row
   * @param token
   *          of every position computed
   * @param context
   *          of every position read by one that is computed
   */
  public record Cost(double fixed, double row, double token, double context) {}

  private final double[][] squares = new double[FEATURES][FEATURES];
  private final double[] products = new double[FEATURES];
  private final double[] coefficients = new double[FEATURES];
  private double drift;
  private long observed;

  /** Whether enough steps were seen for predictions. */
  public boolean ready() {
    return observed >= ENOUGH;
  }

  /** Takes a step's time into account; one without duration says nothing. */
  public void observe(Load load, Duration elapsed) {
    double nanos = elapsed.toNanos();
    if (!(nanos > 0)) {
      return;
    }
    double[] x = features(load);
    if (ready()) {
      double predicted = value(x);
      nanos = Math.clamp(nanos, predicted / TRUST, Math.max(predicted * TRUST, 1));
      drift(Math.log(nanos / Math.max(predicted, 1)));
    }
    double weight = 1 / (nanos * nanos);
    for (int i = 0; i < FEATURES; i++) {
      for (int j = 0; j < FEATURES; j++) {
        squares[i][j] = KEEP * squares[i][j] + weight * x[i] * x[j];
      }
      products[i] = KEEP * products[i] + weight * x[i] * nanos;
    }
    observed++;
    solve();
  }

  private void drift(double error) {
    drift += (Math.clamp(error, -Math.log(TRUST), Math.log(TRUST)) - drift) / DRIFT_MEMORY;
    if (Math.abs(drift) > DRIFT) {
      double factor = Math.exp(drift);
      for (int i = 0; i < FEATURES; i++) {
        for (int j = 0; j < FEATURES; j++) {
          squares[i][j] /= factor * factor;
        }
        products[i] /= factor;
        coefficients[i] *= factor;
      }
      drift = 0;
    }
  }

  private void solve() {
    for (int round = 0; round < ROUNDS; round++) {
      for (int i = 0; i < FEATURES; i++) {
        double rest = products[i];
        for (int j = 0; j < FEATURES; j++) {
          rest -= j == i ? 0 : squares[i][j] * coefficients[j];
        }
        double own = squares[i][i] * (1 + RIDGE);
        coefficients[i] = own > 0 ? Math.max(0, rest / own) : 0;
      }
    }
  }

  /** What a step of this load takes; zero before {@link #ready}. */
  public Duration predict(Load load) {
    return Duration.ofNanos((long) nanos(load));
  }

  /** The same in nanoseconds. */
  double nanos(Load load) {
    return ready() ? value(features(load)) : 0;
  }

  /** What the parts of a step take. */
  Cost cost() {
    return new Cost(coefficients[0], coefficients[1] * SCALE[1], coefficients[2] * SCALE[2],
        coefficients[3] * SCALE[3]);
  }

  /** What a further position takes that reads so many others, in nanoseconds; zero before {@link #ready}. */
  double nanosPerToken(double context) {
    return ready() ? coefficients[2] * SCALE[2] + coefficients[3] * SCALE[3] * context : 0;
  }

  /** What a further row of one position takes that reads so many others, in nanoseconds; zero before {@link #ready}. */
  double nanosPerRow(double context) {
    return ready() ? coefficients[1] * SCALE[1] + nanosPerToken(context) : 0;
  }

  private static double[] features(Load load) {
    return new double[]{1, load.rows() * SCALE[1], load.tokens() * SCALE[2], load.context() * SCALE[3]};
  }

  private double value(double[] x) {
    double sum = 0;
    for (int i = 0; i < FEATURES; i++) {
      sum += coefficients[i] * x[i];
    }
    return sum;
  }

  @Override
  public String toString() {
    Cost cost = cost();
    return "StepModel[%.0f ns + %.0f ns a row + %.0f ns a token + %.3f ns a position read, %d steps]".formatted(
        cost.fixed(), cost.row(), cost.token(), cost.context(), observed);
  }
}
