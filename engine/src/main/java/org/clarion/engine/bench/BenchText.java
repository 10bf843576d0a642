package org.clarion.engine.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Formatter;
import java.util.Locale;
import org.clarion.engine.bench.BenchCell.Breakdown;

/** A report as a table for people and as JSON for programs. */
public final class BenchText {
  private static final double MIB = 1 << 20;

  private BenchText() {}

  /** Lines of at most 110 columns. */
  public static String table(BenchReport report) {
    Formatter out = new Formatter(Locale.ROOT);
    Roofs roofs = report.roofs();
    out.format("%s, %s weights%s, %s, %d threads\n", report.subject(), report.precision(),
        report.kv().isEmpty() ? "" : ", " + report.kv() + " keys and values",
        report.ranks() == 1 ? "1 rank" : report.ranks() + " ranks", report.threads());
    out.format("roofs: memory %s GB/s, int8 %s, bf16 %s, f32 %s TFLOP/s\n", known(roofs.readGbs()),
        known(roofs.int8()), known(roofs.bf16()), known(roofs.f32()));
    out.format("loaded in %.1f s; weights %.0f MiB", report.loadSeconds(), report.weightBytes() / MIB);
    if (report.kvBytes() > 0) {
      out.format(", keys and values %.0f MiB", report.kvBytes() / MIB);
    }
    out.format(", peak resident %s MiB\n\n", report.peakBytes() == 0 ? "?" : report.peakBytes() >> 20);
    out.format("%-24s %9s %9s %9s %10s %8s %6s %9s %6s\n", "", "median ms", "min", "p90", "items/s", "GB/s", "roof",
        "TFLOP/s", "roof");
    for (BenchCell cell : report.cells()) {
      StepTimes times = cell.times();
      out.format("%-24s %9.2f %9.2f %9.2f %10.1f %8.1f %6s %9.3f %6s\n", cell.name(), times.median() * 1e3,
          times.min() * 1e3, times.p90() * 1e3, cell.itemsPerSecond(), cell.gigabytesPerSecond(),
          share(cell.gigabytesPerSecond(), roofs.readGbs()), cell.teraPerSecond(),
          share(cell.teraPerSecond(), report.computeRoof()));
    }
    out.format("\n%-24s %9s %9s %9s %9s %9s %10s %6s   (mean ms)\n", "of a call", "linear", "attention", "other",
        "undivided", "sampling", "collective", "JVM");
    for (BenchCell cell : report.cells()) {
      Breakdown parts = cell.breakdown();
      out.format("%-24s %9.2f %9.2f %9.2f %9.2f %9.2f %10.2f %6s\n", cell.name(), parts.linear() * 1e3,
          parts.attention() * 1e3, parts.other() * 1e3, parts.undivided() * 1e3, parts.sampling() * 1e3,
          parts.collective() * 1e3, share(parts.java(), parts.sum()));
    }
    return out.toString();
  }

  /** The same figures by name; times in milliseconds. */
  public static ObjectNode json(BenchReport report) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("subject", report.subject()).put("precision", report.precision()).put("kv", report.kv());
    out.put("ranks", report.ranks()).put("threads", report.threads()).put("load_seconds", report.loadSeconds());
    out.put("weight_bytes", report.weightBytes()).put("kv_bytes", report.kvBytes());
    out.put("peak_resident_bytes", report.peakBytes());
    Roofs roofs = report.roofs();
    out.putObject("roofs").put("threads", roofs.threads()).put("read_gbs", roofs.readGbs()).put("int8_tflops",
        roofs.int8()).put("bf16_tflops", roofs.bf16()).put("f32_tflops", roofs.f32());
    ArrayNode cells = out.putArray("cells");
    for (BenchCell cell : report.cells()) {
      cells.add(json(cell, report));
    }
    return out;
  }

  private static ObjectNode json(BenchCell cell, BenchReport report) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    StepTimes times = cell.times();
    Breakdown parts = cell.breakdown();
    out.put("name", cell.name()).put("kind", cell.kind().name().toLowerCase(Locale.ROOT)).put("rows", cell.rows()).put(
        "context", cell.context()).put("calls", times.calls());
    out.put("median_ms", times.median() * 1e3).put("min_ms", times.min() * 1e3).put("p90_ms", times.p90() * 1e3);
    out.put("items_per_second", cell.itemsPerSecond()).put("gbs", cell.gigabytesPerSecond()).put("tflops",
        cell.teraPerSecond());
    out.put("memory_share", ratio(cell.gigabytesPerSecond(), report.roofs().readGbs())).put("compute_share",
        ratio(cell.teraPerSecond(), report.computeRoof()));
    out.putObject("mean_ms").put("linear", parts.linear() * 1e3).put("attention", parts.attention() * 1e3).put("other",
        parts.other() * 1e3).put("undivided", parts.undivided() * 1e3).put("sampling", parts.sampling() * 1e3).put(
            "collective", parts.collective() * 1e3)
        .put("jvm", parts.java() * 1e3);
    return out;
  }

  private static String known(double value) {
    return value == 0 ? "unknown" : String.format(Locale.ROOT, value < 10 ? "%.2f" : "%.1f", value);
  }

  private static String share(double value, double roof) {
    return roof == 0 ? "-" : String.format(Locale.ROOT, "%.0f %%", 100 * value / roof);
  }

  private static double ratio(double value, double roof) {
    return roof == 0 ? 0 : value / roof;
  }
}
