package org.clarion.loadtest.core;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.util.List;
import org.clarion.loadtest.api.SuiteReport;
import org.clarion.loadtest.api.SuiteReport.Cell;
import org.clarion.loadtest.api.SuiteReport.Run;
import org.junit.jupiter.api.Test;

class SuiteTextTest {
  private static final SuiteReport REPORT = new SuiteReport(URI.create("http://127.0.0.1:1"), "m", List.of(
      new Cell("8 streams", 8, 128, List.of(new Run(30, 500, 100, 20), new Run(10, 700, 300, 22), new Run(20, 600, 200,
          21))),
      new Cell("prefill 1024", 1, 1, List.of(new Run(1, 400, 9, 0), new Run(1, 600, 7, 0)))));

  @Test
  void tellsSpreadsInOrder() {
    JsonNode cells = SuiteText.json(REPORT).get("cells");

    assertThat(cells.get(0).get("new_tokens_per_second")).extracting(JsonNode::asDouble).containsExactly(10.0, 20.0,
        30.0);
    assertThat(cells.get(1).get("prompt_tokens_per_second")).extracting(JsonNode::asDouble).containsExactly(400.0,
        500.0, 600.0);
  }

  @Test
  void judgesAPrefillByItsPrompt() {
    List<String> lines = SuiteText.table(REPORT).lines().toList();

    assertThat(lines.get(3)).startsWith("8 streams").contains("20.0 (10.0 - 30.0)").contains("200.0").endsWith("21.00");
    assertThat(lines.get(4)).startsWith("prefill 1024").contains("500.0 (400.0 - 600.0)").endsWith("-");
  }
}
