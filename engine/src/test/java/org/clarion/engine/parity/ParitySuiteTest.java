package org.clarion.engine.parity;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParitySuiteTest {
  @Test
  void everySetPassesOnTheSmallFixtures() {
    List<ParityResult> told = new ArrayList<>();
    List<ParityResult> results = new ParitySuite(ParitySuite.engineSets()).run(SharedFolder.resources(), told::add);
    assertThat(told).isEqualTo(results);
    assertThat(results).noneMatch(result -> result.status() == ParityStatus.FAIL);
    assertThat(results).filteredOn(result -> result.status() == ParityStatus.PASS).extracting(ParityResult::set)
        .containsExactly("operators", "vision", "qformer", "projection", "swin", "decoders", "decoders/falcon",
            "training");
  }

  @Test
  void everySetPassesOnTheFullFixtures() {
    Path fixtures = SharedFolder.require("fixtures");
    List<ParityResult> results = new ParitySuite(ParitySuite.engineSets()).run(fixtures, result -> {
    });
    assertThat(results).noneMatch(result -> result.status() == ParityStatus.FAIL);
  }

  @Test
  void missingFixturesAreReported(@TempDir Path empty) {
    List<ParityResult> results = new ParitySuite(ParitySuite.engineSets()).run(empty, result -> {
    });
    assertThat(results).extracting(ParityResult::status).containsOnly(ParityStatus.MISSING);
    assertThat(results).allMatch(result -> !result.note().isEmpty());
  }

  @Test
  void aWrongValueFailsWithItsPlace() {
    Comparison comparison = new Comparison("made up");
    comparison.near("near enough", new float[]{1, 2}, new float[]{1, 2.01f}, 0.1);
    comparison.near("too far", new float[]{1, Float.NaN}, new float[]{1, 2}, 0.1);
    comparison.same("tokens", new int[]{1, 2}, new int[]{1, 2});
    ParityResult result = comparison.result();
    assertThat(result.status()).isEqualTo(ParityStatus.FAIL);
    assertThat(result.note()).isEqualTo("too far");
    assertThat(result.cases()).isEqualTo(3);
  }

  @Test
  void unequalTokensFail() {
    Comparison comparison = new Comparison("made up");
    comparison.same("tokens", new int[]{1, 2, 3}, new int[]{1, 5});
    assertThat(comparison.result()).returns(ParityStatus.FAIL, ParityResult::status).returns(2.0,
        ParityResult::worstDifference);
    assertThat(comparison.result().note()).contains("first unequal at 1");
  }

  @Test
  void nothingComparedIsNoPass() {
    assertThat(new Comparison("empty").result().status()).isEqualTo(ParityStatus.FAIL);
  }
}
