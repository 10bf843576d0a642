package org.clarion.scheduler.core;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import org.clarion.scheduler.api.TenantId;

/**
 * Whom a scheduler serves first, whom it refuses, and how long it lets a step take.
 *
 * @param classes
 *          one entry for each clinical class
 * @param weights
 *          of the clinics
 * @param pace
 *          of running answers
 * @param speculation
 *          whether answers are drafted
 */
public record SchedulerPolicy(Map<ClinicalClass, OfClass> classes, TenantWeights weights, Pace pace,
    Speculation speculation) {
  /**
   * STAT may take half of the service before anybody else; of the rest, four parts are routine and one is batch. First
   * tokens within 30 s, 2 min and 20 min; a token every 200 ms. Nothing is drafted: a core by itself does not know
   * whether its ranks can.
   */
  public static final SchedulerPolicy DEFAULT = new SchedulerPolicy(
      Map.of(ClinicalClass.STAT, new OfClass(50, Duration.ofSeconds(30)),
          ClinicalClass.ROUTINE, new OfClass(40, Duration.ofMinutes(2)),
          ClinicalClass.BATCH, new OfClass(10, Duration.ofMinutes(20))),
      TenantWeights.EQUAL, new Pace(Duration.ofMillis(200), 32));

  /** Without drafts. */
  public SchedulerPolicy(Map<ClinicalClass, OfClass> classes, TenantWeights weights, Pace pace) {
    this(classes, weights, pace, Speculation.OFF);
  }

  public SchedulerPolicy {
    classes = Map.copyOf(new EnumMap<>(classes));
    if (classes.size() != ClinicalClass.values().length) {
      throw new IllegalArgumentException("a policy needs every clinical class, not just " + classes.keySet());
    }
    int sum = classes.values().stream().mapToInt(OfClass::share).sum();
    if (sum != 100) {
      throw new IllegalArgumentException("the classes' shares sum up to " + sum + ", not to 100");
    }
  }

  /**
   * A clinical class.
   *
   * @param share
   *          per cent of the service that the class gets at least while it has work waiting; STAT comes first until it
   *          has had this much
   * @param firstToken
   *          longest wait for a first token: a generation that is predicted to wait longer is refused
   */
  public record OfClass(int share, Duration firstToken) {
    public OfClass {
      if (share < 1 || share > 98) {
        throw new IllegalArgumentException("share " + share + " is not in 1 to 98");
      }
      if (!firstToken.isPositive()) {
        throw new IllegalArgumentException("wait for a first token " + firstToken + " is not positive");
      }
    }
  }

  /**
   * How fast running answers go on.
   *
   * @param interToken
   *          what a step with running answers may take: prefill is cut to fit, as far as the floor allows
   * @param floor
   *          prefill positions per step that are granted however long they take
   * @param stretch
   *          how many times as long as without prefill such a step may take, at least 1
   */
  public record Pace(Duration interToken, int floor, double stretch) {
    /** Steps may take so long however much longer that is than without prefill. */
    public Pace(Duration interToken, int floor) {
      this(interToken, floor, Double.POSITIVE_INFINITY);
    }

    public Pace {
      if (!interToken.isPositive()) {
        throw new IllegalArgumentException("time between tokens " + interToken + " is not positive");
      }
      if (floor < 1) {
        throw new IllegalArgumentException("prefill floor " + floor + " must be at least 1");
      }
      if (!(stretch >= 1)) {
        throw new IllegalArgumentException("stretch " + stretch + " must be at least 1");
      }
    }
  }

  /**
   * What answers are expected to say is computed beside their next tokens.
   *
   * @param maxDraft
   *          tokens of an answer that a step drafts at most; 0 for none. It drafts fewer, or none, where that does not
   *          pay
   */
  public record Speculation(int maxDraft) {
    /** No drafts. */
    public static final Speculation OFF = new Speculation(0);
    private static final int MOST = 64;

    public Speculation {
      if (maxDraft < 0 || maxDraft > MOST) {
        throw new IllegalArgumentException("longest draft " + maxDraft + " is not in 0 to " + MOST);
      }
    }
  }

  /** The same for other clinics. */
  public SchedulerPolicy with(TenantWeights other) {
    return new SchedulerPolicy(classes, other, pace, speculation);
  }

  /** The same at another pace. */
  public SchedulerPolicy with(Pace other) {
    return new SchedulerPolicy(classes, weights, other, speculation);
  }

  /** The same with other drafts. */
  public SchedulerPolicy with(Speculation other) {
    return new SchedulerPolicy(classes, weights, pace, other);
  }

  /** What holds for a class. */
  public OfClass of(ClinicalClass clinical) {
    OfClass found = classes.get(clinical);
    if (found == null) {
      throw new IllegalStateException("no policy for " + clinical);
    }
    return found;
  }

  /**
   * How much more one clinic may have than another.
   *
   * @param thousandths
   *          the weights that are not 1
   */
  public record TenantWeights(Map<TenantId, Integer> thousandths) {
    /** Every clinic weighs 1. */
    public static final TenantWeights EQUAL = new TenantWeights(Map.of());
    private static final int ONE = 1000;
    private static final int MOST = 1000 * ONE;

    public TenantWeights {
      thousandths = Map.copyOf(thousandths);
      thousandths.forEach((tenant, weight) -> {
        if (weight < 1 || weight > MOST) {
          throw new IllegalArgumentException(
              "weight " + weight / (double) ONE + " of tenant " + tenant + " is not in 0.001 to 1000");
        }
      });
    }

    /** In thousandths. */
    public int of(TenantId tenant) {
      return thousandths.getOrDefault(tenant, ONE);
    }
  }
}
