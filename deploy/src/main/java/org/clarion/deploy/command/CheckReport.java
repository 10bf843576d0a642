package org.clarion.deploy.command;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import org.clarion.deploy.terminal.Screen;
import org.clarion.models.checkpoint.ElementType;
import org.clarion.models.checkpoint.PartLayout;
import org.clarion.models.checkpoint.TensorFault;
import org.clarion.models.doctor.MemoryPlan;
import org.clarion.models.doctor.ModelReport;
import org.clarion.models.doctor.WeightKind;
import org.jspecify.annotations.Nullable;

/** The doctor's report as text for people, and as JSON for programs. */
final class CheckReport {
  private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
  private static final int MAX_FAULTS = 40;

  private CheckReport() {}

  static String text(ModelReport report, Screen screen) {
    StringBuilder out = new StringBuilder();
    line(out, screen.bold(report.model().id()) + "  " + report.model().title());
    for (ModelReport.Part part : report.parts()) {
      part(out, part, screen);
    }
    if (!report.missing().isEmpty()) {
      line(out, "");
      line(out, screen.bold("missing files"));
      for (ModelReport.Missing missing : report.missing()) {
        line(out, "  " + screen.red("✗") + " " + missing.path());
        if (!missing.from().isEmpty()) {
          line(out, "    " + screen.dim("from " + missing.from()));
        }
      }
    }
    line(out, "");
    report.errors().forEach(error -> line(out, "  " + screen.red("✗") + " " + error));
    report.notes().forEach(note -> line(out, "  " + screen.dim("· " + note)));
    MemoryPlan plan = report.plan();
    if (plan != null) {
      plan(out, plan, screen);
    }
    out.append(verdict(report, screen));
    return out.toString();
  }

  private static String verdict(ModelReport report, Screen screen) {
    if (report.usable()) {
      return report.model().id() + " is " + screen.green("usable");
    }
    return report.model().id() + " is " + screen.red(report.onlyIncomplete() ? "not complete" : "not usable");
  }

  private static void part(StringBuilder out, ModelReport.Part part, Screen screen) {
    PartLayout layout = part.layout();
    line(out, "");
    line(out, screen.bold(part.name()) + "  " + part.shape());
    line(out, "  " + part.files().stream().map(file -> String.valueOf(Path.of(file).getFileName()))
        .collect(Collectors.joining(" + ")));
    line(out, "  " + layout.tensors() + " tensors, " + parameters(layout.elements()) + " parameters"
        + layout.bytes().entrySet().stream().map(entry -> ", " + size(entry.getValue()) + " " + word(entry.getKey()))
            .collect(Collectors.joining()));
    for (PartLayout.Extra extra : layout.extras()) {
      String what = extra.group() + " (" + extra.tensors() + (extra.tensors() == 1 ? " tensor, " : " tensors, ")
          + size(extra.bytes()) + ")";
      line(out, "  " + screen.dim(extra.reason().isEmpty()
          ? "extra: " + what + ": unknown, not used"
          : "ignored: " + what + ": " + extra.reason()));
    }
    SequencedMap<String, Integer> faults = grouped(layout.faults());
    faults.entrySet().stream().limit(MAX_FAULTS).forEach(fault -> line(out, "  " + screen.red("✗") + " "
        + fault.getKey() + (fault.getValue() > 1 ? " (" + fault.getValue() + " layers)" : "")));
    if (faults.size() > MAX_FAULTS) {
      line(out, "  ... and " + (faults.size() - MAX_FAULTS) + " more; --json lists all");
    }
  }

  /** The same fault in many layers is one line. */
  private static SequencedMap<String, Integer> grouped(List<TensorFault> faults) {
    SequencedMap<String, Integer> groups = new LinkedHashMap<>();
    SequencedMap<String, String> first = new LinkedHashMap<>();
    for (TensorFault fault : faults) {
      String group = fault.name().replaceAll("\\.\\d+\\.", ".*.") + " " + fault.what();
      groups.merge(group, 1, Integer::sum);
      first.putIfAbsent(group, fault.toString());
    }
    SequencedMap<String, Integer> lines = new LinkedHashMap<>();
    groups.forEach((group, count) -> lines.put(count == 1 ? first.getOrDefault(group, group) : group, count));
    return lines;
  }

  private static void plan(StringBuilder out, MemoryPlan plan, Screen screen) {
    MemoryPlan.Question question = plan.question();
    line(out, screen.bold("memory of one rank") + "  " + question.sequences()
        + (question.sequences() == 1 ? " sequence of " : " sequences of ") + question.context()
        + " positions, KV cache "
        + question.cache().word());
    StringBuilder head = new StringBuilder(String.format(Locale.ROOT, "  %5s", "ranks"));
    for (WeightKind kind : WeightKind.values()) {
      head.append(String.format(Locale.ROOT, "%12s", kind.word()));
    }
    line(out, screen.dim(head + String.format(Locale.ROOT, "%14s", "+ KV cache")));
    for (MemoryPlan.Row row : plan.rows()) {
      StringBuilder text = new StringBuilder(String.format(Locale.ROOT, "  %5d", row.ranks()));
      if (!row.impossible().isEmpty()) {
        line(out, screen.dim(text + "   cannot be cut so: " + row.impossible()));
        continue;
      }
      for (WeightKind kind : WeightKind.values()) {
        text.append(String.format(Locale.ROOT, "%10s ", size(row.weights(kind))))
            .append(mark(plan.fit(row, kind), screen));
      }
      line(out, text + String.format(Locale.ROOT, "%14s", size(row.cache())));
    }
    String tower = plan.tower().getOrDefault(WeightKind.FLOAT32, 0L) == 0
        ? ""
        : "; the image tower takes " + size(plan.tower().getOrDefault(WeightKind.FLOAT32, 0L)) + " in f32, "
            + size(plan.tower().getOrDefault(WeightKind.HALF, 0L)) + " in bf16";
    line(out, screen.dim("  ✓ all ranks fit here   ◐ one rank fits here   ✗ not even one   (" + size(question
        .available()) + " free; " + size(MemoryPlan.WORKING_BYTES) + " for each process besides" + tower + ")"));
    line(out, "");
  }

  private static String mark(MemoryPlan.Fit fit, Screen screen) {
    return switch (fit) {
      case ALL -> screen.green("✓");
      case ONE -> "◐";
      case NONE -> screen.red("✗");
    };
  }

  private static String parameters(long elements) {
    return elements < 1_000_000
        ? String.format(Locale.ROOT, "%,d", elements)
        : elements < 1_000_000_000
            ? String.format(Locale.ROOT, "%.1f M", elements / 1e6)
            : String.format(Locale.ROOT, "%.2f B", elements / 1e9);
  }

  static String size(long bytes) {
    return bytes < 1 << 20
        ? String.format(Locale.ROOT, "%.1f KiB", bytes / 1024.0)
        : bytes < 1 << 30
            ? String.format(Locale.ROOT, "%.0f MiB", bytes / 1048576.0)
            : String.format(Locale.ROOT, "%.1f GiB", bytes / 1073741824.0);
  }

  private static String word(ElementType type) {
    return type.name().toLowerCase(Locale.ROOT).replace("gguf_", "").replace("bfloat", "bf").replace("float", "f");
  }

  private static void line(StringBuilder out, String text) {
    out.append(text).append('\n');
  }

  static String json(ModelReport report) {
    ObjectNode top = JsonNodeFactory.instance.objectNode();
    top.put("model", report.model().id()).put("revision", report.model().revision()).put("usable", report.usable());
    ArrayNode parts = top.putArray("parts");
    report.parts().forEach(part -> part(parts.addObject(), part));
    ArrayNode missing = top.putArray("missing");
    report.missing().forEach(file -> missing.addObject().put("path", file.path()).put("from", file.from()));
    report.errors().forEach(top.putArray("errors")::add);
    report.notes().forEach(top.putArray("notes")::add);
    plan(top, report.plan());
    try {
      return JSON.writeValueAsString(top);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of strings and numbers is always JSON", e);
    }
  }

  private static void part(ObjectNode node, ModelReport.Part part) {
    PartLayout layout = part.layout();
    node.put("part", part.name()).put("shape", part.shape()).put("tensors", layout.tensors())
        .put("parameters", layout.elements());
    part.files().forEach(node.putArray("files")::add);
    ObjectNode bytes = node.putObject("bytes");
    layout.bytes().forEach((type, count) -> bytes.put(word(type), count));
    ArrayNode faults = node.putArray("faults");
    layout.faults().forEach(fault -> faults.addObject().put("tensor", fault.name()).put("fault", fault.what()));
    ArrayNode extras = node.putArray("extra");
    layout.extras().forEach(extra -> extras.addObject().put("group", extra.group()).put("reason", extra.reason())
        .put("tensors", extra.tensors()).put("bytes", extra.bytes()));
  }

  private static void plan(ObjectNode top, @Nullable MemoryPlan plan) {
    if (plan == null) {
      top.putNull("memory");
      return;
    }
    MemoryPlan.Question question = plan.question();
    ObjectNode memory = top.putObject("memory");
    memory.put("context", question.context()).put("sequences", question.sequences())
        .put("kv", question.cache().word()).put("available_bytes", question.available())
        .put("working_bytes", MemoryPlan.WORKING_BYTES);
    ObjectNode tower = memory.putObject("image_tower_bytes");
    for (WeightKind kind : WeightKind.values()) {
      tower.put(kind.word(), plan.tower().getOrDefault(kind, 0L));
    }
    ArrayNode rows = memory.putArray("ranks");
    for (MemoryPlan.Row row : plan.rows()) {
      ObjectNode node = rows.addObject().put("ranks", row.ranks()).put("impossible", row.impossible())
          .put("kv_bytes", row.cache());
      ObjectNode weights = node.putObject("weight_bytes");
      ObjectNode fits = node.putObject("fits");
      for (Map.Entry<WeightKind, Long> entry : row.weights().entrySet()) {
        weights.put(entry.getKey().word(), entry.getValue());
        fits.put(entry.getKey().word(), plan.fit(row, entry.getKey()).name().toLowerCase(Locale.ROOT));
      }
    }
  }
}
