package org.clarion.engine.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.clarion.engine.decoder.DecoderOptions;
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.vision.TowerOptions;
import org.clarion.models.architecture.EvaConfig;
import org.clarion.models.architecture.LlamaConfig;
import org.clarion.models.checkpoint.DecoderWeights;
import org.clarion.models.checkpoint.VisionWeights;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Runs small workloads whole; how long they take is nobody's business here. */
class EngineBenchTest {
  private static final LlamaConfig SHAPE = new LlamaConfig(64, 2, 4, 2, 16, 96, 128, 1e-5, 10_000, false, 64);
  private static final double SHORT = 1e-6;
  private static final Roofs ROOFS = new Roofs(2, 80, 0.4, 0.8, 1.6);

  private final List<String> said = new ArrayList<>();
  private final EngineBench bench = new EngineBench(2, SHORT, said::add, () -> ROOFS);

  @ParameterizedTest
  @CsvSource({"FLOAT32,1", "FLOAT32,2", "INT8,1", "INT8,2"})
  void timesEveryCellOfADecoder(Precision precision, int ranks) {
    DecoderWorkload workload = new DecoderWorkload(List.of(1, 3), 20, List.of(16), SHORT);
    BenchReport report;
    try (DecoderWeights weights = DecoderWeights.random(SHAPE, 1)) {
      report = bench.decoder("small", weights, new DecoderOptions(precision, workload.arenaTokens(), 1), ranks,
          workload);
    }

    assertThat(report.cells()).extracting(BenchCell::name).containsExactly("decode, 1 sequence", "decode, 3 sequences",
        "prefill, 16 tokens");
    assertThat(report.cells()).allSatisfy(cell -> {
      assertThat(cell.times().calls()).isGreaterThanOrEqualTo(DecoderWorkload.FEWEST_CALLS);
      assertThat(cell.itemsPerSecond()).isPositive();
      assertThat(cell.breakdown().collective() > 0).isEqualTo(ranks > 1);
      assertThat(cell.breakdown().sum()).isPositive();
    });
    assertThat(report.roofs()).isEqualTo(ROOFS);
    assertThat(said).startsWith("roofs", "loading", "decode, 1 sequence").endsWith("roofs");
    assertThat(BenchText.table(report)).contains("decode, 3 sequences").doesNotContain("NaN");
    assertThat(BenchText.json(report).get("cells")).hasSize(3).allSatisfy(cell -> assertThat(cell.get("mean_ms"))
        .allSatisfy(part -> assertThat(part.asDouble()).isNotNegative()));
  }

  @Test
  void timesAnImageTower() {
    EvaConfig tower = new EvaConfig(14, 32, 1, 2, 64, new EvaConfig.QFormer(4, 32, 2, 2, 64));
    try (VisionWeights weights = VisionWeights.random(tower, 28, 32, 1)) {
      BenchReport report = bench.tower("tower", weights, 28, new TowerOptions(Precision.FLOAT32, 1), List.of(2));

      assertThat(report.cells()).singleElement().satisfies(cell -> {
        assertThat(cell.items()).isEqualTo(2);
        assertThat(cell.operations()).isEqualTo(2 * VisionBench.operations(weights, 28));
      });
      JsonNode json = BenchText.json(report);
      assertThat(json.get("kv").asText()).isEmpty();
    }
  }

  @Test
  void refusesMorePositionsThanTheModelHas() {
    DecoderWorkload workload = new DecoderWorkload(List.of(1), 64, List.of(), SHORT);
    try (DecoderWeights weights = DecoderWeights.random(SHAPE, 1)) {
      assertThatThrownBy(() -> bench.decoder("small", weights, new DecoderOptions(Precision.FLOAT32, 65, 1), 1,
          workload)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("65").hasMessageContaining("64");
    }
  }

  @Test
  void refusesAWorkloadOfNothing() {
    assertThatThrownBy(() -> new DecoderWorkload(List.of(), 1, List.of(), 1)).isInstanceOf(
        IllegalArgumentException.class);
    assertThatThrownBy(() -> new DecoderWorkload(List.of(0), 1, List.of(), 1)).isInstanceOf(
        IllegalArgumentException.class).hasMessageContaining("0");
  }
}
