package org.clarion.scheduler.simulate;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.clarion.scheduler.core.ClinicalClass;

/** Draws traces. The same arguments give the same trace on every machine. */
public final class Traces {
  private static final int MOST_VISITS = 20_000_000;
  /** How many patients of office hours come in each hour; a dip at noon, an evening, few at night. */
  private static final double[] OFFICE = {0.2, 0.15, 0.1, 0.1, 0.15, 0.3, 0.8, 3, 8, 10, 10, 9, 4.5, 6, 9, 9, 8, 6, 4,
      3, 2, 1, 0.5, 0.3};
  /** Emergencies come at any time, more by day. */
  private static final double[] EMERGENCY = {2, 2, 2, 2, 2, 2, 3, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 5, 5, 4, 3, 3};
  /** What nobody waits for is sent when the practice closes. */
  private static final double[] NIGHT = {6, 4, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 6, 10, 12, 12, 10, 9, 8};
  private static final double SIZE_SIGMA = 0.8;

  private Traces() {}

  /**
   * Arrivals at a steady mean rate whose gaps are gamma distributed; with a variation of 1 that is a Poisson process.
   *
   * @param perSecond
   *          visits of all clinics together
   * @param variation
   *          coefficient of variation of the gaps: 1 random, above it bursts
   */
  public static Trace steady(int clinics, double perSecond, double variation, Duration span, Population population,
      long seed) {
    if (!(perSecond > 0) || !(variation > 0)) {
      throw new IllegalArgumentException("rate " + perSecond + " and variation " + variation + " must be above 0");
    }
    check(clinics, perSecond * span.toNanos() * 1e-9);
    SplittableRandom random = new SplittableRandom(seed);
    double shape = 1 / (variation * variation);
    List<Visit> visits = new ArrayList<>();
    for (double at = gap(shape, perSecond, random); at < span.toNanos(); at += gap(shape, perSecond, random)) {
      visits.add(population.visit((long) at, random.nextInt(clinics), population.clinical(random), random));
    }
    String name = (variation == 1 ? "Poisson, " : "bursts (variation " + number(variation) + "), ") + number(perSecond)
        + " visits a second";
    return new Trace(name, clinics, span, visits);
  }

  /**
   * A day of clinics of different size: log-normal around the mean, as long a day as it is.
   *
   * @param perDay
   *          visits of a clinic, on average
   * @param span
   *          from midnight; longer than a day begins anew
   */
  public static Trace clinicDay(int clinics, double perDay, Duration span, Population population, long seed) {
    if (!(perDay > 0)) {
      throw new IllegalArgumentException("visits a day " + perDay + " must be above 0");
    }
    check(clinics, clinics * perDay * Math.ceil(span.toNanos() / 86_400e9));
    SplittableRandom random = new SplittableRandom(seed);
    List<Visit> visits = new ArrayList<>();
    for (int clinic = 0; clinic < clinics; clinic++) {
      double size = StrictMath.exp(SIZE_SIGMA * random.nextGaussian() - SIZE_SIGMA * SIZE_SIGMA / 2);
      for (Duration day = Duration.ZERO; day.compareTo(span) < 0; day = day.plusDays(1)) {
        int count = poisson(perDay * size, random);
        for (int i = 0; i < count; i++) {
          ClinicalClass clinical = population.clinical(random);
          long at = day.toNanos() + timeOfDay(clinical, random);
          Visit visit = population.visit(at, clinic, clinical, random);
          if (at < span.toNanos()) {
            visits.add(visit);
          }
        }
      }
    }
    return new Trace("clinic day, " + number(perDay) + " visits per clinic", clinics, span, visits);
  }

  private static String number(double value) {
    return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }

  private static void check(int clinics, double visits) {
    if (clinics < 1 || visits > MOST_VISITS) {
      throw new IllegalArgumentException("clinics " + clinics + " must be at least 1, and " + (long) visits
          + " visits exceed the limit of " + MOST_VISITS);
    }
  }

  private static long timeOfDay(ClinicalClass clinical, SplittableRandom random) {
    double[] hours = switch (clinical) {
      case STAT -> EMERGENCY;
      case ROUTINE -> OFFICE;
      case BATCH -> NIGHT;
    };
    double sum = 0;
    for (double hour : hours) {
      sum += hour;
    }
    double u = random.nextDouble() * sum;
    int hour = 0;
    while (hour < hours.length - 1 && u >= hours[hour]) {
      u -= hours[hour++];
    }
    return (long) (3600e9 * (hour + Math.min(u / hours[hour], 1)));
  }

  /** By counting exponential gaps; a normal distribution where that is as good. */
  private static int poisson(double mean, SplittableRandom random) {
    if (mean > 1000) {
      return (int) Math.max(0, Math.rint(mean + StrictMath.sqrt(mean) * random.nextGaussian()));
    }
    int count = 0;
    for (double at = exponential(random); at < mean; at += exponential(random)) {
      count++;
    }
    return count;
  }

  private static double exponential(SplittableRandom random) {
    return -StrictMath.log1p(-random.nextDouble());
  }

  private static double gap(double shape, double perSecond, SplittableRandom random) {
    return 1e9 / perSecond * (shape == 1 ? exponential(random) : gamma(shape, random) / shape);
  }

  /** Marsaglia and Tsang, "A simple method for generating gamma variables" (2000). */
  private static double gamma(double shape, SplittableRandom random) {
    if (shape < 1) {
      return gamma(shape + 1, random) * StrictMath.pow(random.nextDouble(), 1 / shape);
    }
    double d = shape - 1.0 / 3;
    double c = 1 / StrictMath.sqrt(9 * d);
    while (true) {
      double x = random.nextGaussian();
      double v = 1 + c * x;
      v = v * v * v;
      if (v > 0 && StrictMath.log1p(-random.nextDouble()) < x * x / 2 + d - d * v + d * StrictMath.log(v)) {
        return d * v;
      }
    }
  }
}
