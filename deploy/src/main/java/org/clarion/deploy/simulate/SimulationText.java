package org.clarion.deploy.simulate;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Comparator;
import java.util.Formatter;
import java.util.List;
import java.util.Locale;
import org.clarion.scheduler.core.ClinicalClass;
import org.clarion.scheduler.simulate.SimulationResult;
import org.clarion.scheduler.simulate.SimulationResult.Group;
import org.clarion.scheduler.simulate.SimulationResult.Sample;
import org.clarion.scheduler.simulate.SimulationResult.Spread;

/** A simulation's figures as a table for people and as JSON for programs. */
public final class SimulationText {
  private SimulationText() {}

  /** Lines of at most 100 columns. */
  public static String table(SimulationResult result) {
    Formatter out = new Formatter(Locale.ROOT);
    out.format("%s; %d clinics, %d replicas, seed %d; last answer after %.1f h\n\n", result.trace().name(),
        result.trace().clinics(), result.cluster().replicas(), result.cluster().seed(),
        result.end().toMillis() / 3.6e6);
    out.format("%-10s %9s %8s %7s %7s   %-26s %-24s\n", "", "asked", "refused", "failed", "good", "first token, s",
        "between tokens, ms");
    out.format("%-10s %9s %8s %7s %7s   %8s %8s %8s  %7s %7s %7s\n", "class", "", "", "", "%", "p50", "p95", "p99",
        "p50", "p95", "p99");
    for (ClinicalClass clinical : ClinicalClass.values()) {
      Group group = result.classes().get(clinical);
      if (group != null && group.asked() > 0) {
        row(out, group);
      }
    }
    out.format("\n%-34s first %.3f s, further %.3f s\n", "first token p50 by turn", result.firstTurns().p50() / 1e3,
        result.followUps().p50() / 1e3);
    Group worst = worst(result.clinics());
    out.format("%-34s %.4f; worst: %s, %.1f %% of %d good\n", "fairness among clinics (Jain)", result.fairness(),
        worst.name(), share(worst), worst.asked());
    out.format("%-34s queued %d, running %d, images %d, arena %.0f %% (fullest %.0f %%)\n", "most at a time",
        result.samples().stream().mapToInt(Sample::queued).max().orElse(0),
        result.samples().stream().mapToInt(Sample::running).max().orElse(0),
        result.samples().stream().mapToInt(Sample::images).max().orElse(0),
        100 * result.samples().stream().mapToDouble(Sample::arena).max().orElse(0),
        100 * result.samples().stream().mapToDouble(Sample::fullest).max().orElse(0));
    out.format("%-34s steps %d, preemptions %d, evictions %d, relocations %d\n", "schedulers", result.counts().steps(),
        result.counts().preemptions(), result.counts().evictions(), result.counts().relocations());
    return out.toString();
  }

  private static void row(Formatter out, Group group) {
    Spread first = group.firstToken();
    Spread between = group.interToken();
    out.format("%-10s %9d %8d %7d %7.2f   %8.3f %8.3f %8.3f  %7.1f %7.1f %7.1f\n", group.name(), group.asked(),
        group.refused(), group.failed(), share(group), first.p50() / 1e3, first.p95() / 1e3, first.p99() / 1e3,
        between.p50(), between.p95(), between.p99());
  }

  /** Per cent of what was asked. */
  static double share(Group group) {
    return group.asked() == 0 ? 0 : 100.0 * group.good() / group.asked();
  }

  private static Group worst(List<Group> clinics) {
    return clinics.stream().filter(group -> group.asked() > 0)
        .min(Comparator.comparingDouble(SimulationText::share).thenComparing(Group::name))
        .orElse(clinics.getFirst());
  }

  /** The same figures by name, all clinics and all samples; times in milliseconds. */
  public static ObjectNode json(SimulationResult result) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("trace", result.trace().name()).put("clinics", result.trace().clinics())
        .put("replicas", result.cluster().replicas()).put("seed", result.cluster().seed())
        .put("visits", result.trace().visits().size()).put("end_ms", result.end().toMillis())
        .put("fairness", result.fairness());
    out.put("steps", result.counts().steps()).put("preemptions", result.counts().preemptions())
        .put("evictions", result.counts().evictions()).put("relocations", result.counts().relocations());
    out.set("ttft_first_turn_ms", json(result.firstTurns()));
    out.set("ttft_follow_up_ms", json(result.followUps()));
    ObjectNode classes = out.putObject("classes");
    for (ClinicalClass clinical : ClinicalClass.values()) {
      Group group = result.classes().get(clinical);
      if (group != null) {
        classes.set(group.name(), json(group));
      }
    }
    ObjectNode clinics = out.putObject("by_clinic");
    result.clinics().forEach(group -> clinics.set(group.name(), json(group)));
    ArrayNode samples = out.putArray("samples");
    for (Sample sample : result.samples()) {
      samples.addObject().put("at_ms", sample.at() / 1_000_000).put("queued", sample.queued())
          .put("running", sample.running()).put("images", sample.images()).put("arena", sample.arena())
          .put("fullest_arena", sample.fullest());
    }
    return out;
  }

  private static ObjectNode json(Group group) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("asked", group.asked()).put("refused", group.refused()).put("failed", group.failed())
        .put("completed", group.completed()).put("good", group.good()).put("prompt_tokens", group.promptTokens())
        .put("cached_tokens", group.cachedTokens()).put("new_tokens", group.newTokens());
    out.set("ttft_ms", json(group.firstToken()));
    out.set("itl_ms", json(group.interToken()));
    return out;
  }

  private static ObjectNode json(Spread spread) {
    return JsonNodeFactory.instance.objectNode().put("count", spread.count()).put("mean", spread.mean())
        .put("p50", spread.p50()).put("p95", spread.p95()).put("p99", spread.p99()).put("max", spread.max());
  }
}
