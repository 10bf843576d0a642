package org.clarion.scheduler.app;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.clarion.rpc.Settings;
import org.clarion.scheduler.api.TenantId;
import org.clarion.scheduler.core.ClinicalClass;
import org.clarion.scheduler.core.SchedulerPolicy;
import org.clarion.scheduler.core.SchedulerPolicy.OfClass;
import org.clarion.scheduler.core.SchedulerPolicy.Pace;
import org.clarion.scheduler.core.SchedulerPolicy.Speculation;
import org.clarion.scheduler.core.SchedulerPolicy.TenantWeights;

/**
 * The keys of a {@link SchedulerPolicy}; what is absent is as in {@link SchedulerPolicy#DEFAULT}, but that answers are
 * drafted: the ranks can do that.
 */
final class PolicySettings {
  /**
   * A map of {@code stat}, {@code routine} and {@code batch}, each a map of {@code share} (50, 40, 10 per cent) and
   * {@code first-token} (30s, 2m, 20m).
   */
  static final String CLASSES = "classes";
  /** A map of tenants and their weights, decimal numbers from 0.001 to 1000; others weigh 1. */
  static final String WEIGHTS = "weights";
  /** A map of {@code inter-token} (200ms), {@code floor} (32 positions) and {@code stretch} (no limit). */
  static final String PACE = "pace";
  /** {@code auto} drafts answers while that pays, {@code off} never; default {@code auto}. */
  static final String SPECULATION = "speculation";
  /** Tokens of an answer that a step drafts at most, 1 to 64; default 8. */
  static final String MAX_DRAFT = "max-draft";

  private PolicySettings() {}

  static SchedulerPolicy read(Settings root) {
    SchedulerPolicy usual = SchedulerPolicy.DEFAULT;
    Settings classes = root.section(CLASSES);
    Map<ClinicalClass, OfClass> byClass = new EnumMap<>(ClinicalClass.class);
    for (ClinicalClass clinical : ClinicalClass.values()) {
      OfClass otherwise = usual.of(clinical);
      Settings one = classes.section(clinical.name().toLowerCase(Locale.ROOT));
      byClass.put(clinical, new OfClass(one.count("share", otherwise.share()),
          one.time("first-token", otherwise.firstToken())));
    }
    Settings pace = root.section(PACE);
    Duration interToken = pace.time("inter-token", usual.pace().interToken());
    return new SchedulerPolicy(byClass, weights(root.section(WEIGHTS)),
        new Pace(interToken, pace.count("floor", usual.pace().floor()), stretch(pace.text("stretch", ""))),
        speculation(root));
  }

  private static Speculation speculation(Settings root) {
    int longest = (int) root.number(MAX_DRAFT, 8, 1, 64);
    return root.word(SPECULATION, "auto", List.of("auto", "off")).equals("auto")
        ? new Speculation(longest)
        : Speculation.OFF;
  }

  private static double stretch(String text) {
    try {
      return text.isEmpty() ? SchedulerPolicy.DEFAULT.pace().stretch() : new BigDecimal(text).doubleValue();
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("scheduler.pace.stretch: " + text + " is not a number", e);
    }
  }

  private static TenantWeights weights(Settings section) {
    Map<TenantId, Integer> thousandths = new HashMap<>();
    for (String tenant : section.keys()) {
      String text = section.required(tenant);
      try {
        thousandths.put(new TenantId(tenant), new BigDecimal(text).movePointRight(3).intValueExact());
      } catch (ArithmeticException | NumberFormatException _) {
        throw section.bad(tenant, text, "a weight from 0.001 to 1000 in steps of 0.001");
      }
    }
    return new TenantWeights(thousandths);
  }
}
