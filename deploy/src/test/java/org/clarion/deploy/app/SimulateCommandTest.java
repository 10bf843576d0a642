package org.clarion.deploy.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.clarion.deploy.simulate.RecordedLoad;
import org.clarion.deploy.terminal.Screen;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xml.sax.SAXException;

/** {@code clarion simulate} from its options to its files. */
class SimulateCommandTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final Screen screen = new Screen(new PrintStream(out, true, StandardCharsets.UTF_8),
      new PrintStream(err, true, StandardCharsets.UTF_8), false, false);

  @Test
  void aMorningAsTablePageAndFigures(@TempDir Path folder)
      throws IOException, ParserConfigurationException, SAXException {
    Path page = folder.resolve("day.html");
    Path figures = folder.resolve("day.json");
    assertThat(Main.run(screen, "simulate", "--clinics", "8", "--replicas", "3", "--hours", "8.5", "--html",
        page.toString(), "--json", figures.toString())).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("routine", "fairness among clinics");
    assertThat(out.toString(StandardCharsets.UTF_8).lines()).allMatch(line -> line.length() <= 100);
    JsonNode json = new ObjectMapper().readTree(figures.toFile());
    assertThat(json.at("/classes/routine/completed").asLong()).isPositive().isEqualTo(
        json.at("/classes/routine/asked").asLong());
    assertThat(json.path("by_clinic")).hasSize(8);
    String html = Files.readString(page);
    assertThat(html).doesNotContain("<script").contains("default-src 'none'", "class=\"heat\"", "class=\"bars\"");
    for (String svg : html.split("<svg", -1)) {
      if (svg.contains("</svg>")) {
        String picture = "<svg" + svg.substring(0, svg.indexOf("</svg>") + 6);
        assertThat(DocumentBuilderFactory.newDefaultInstance().newDocumentBuilder().parse(
            new ByteArrayInputStream(picture.getBytes(StandardCharsets.UTF_8))).getDocumentElement()
            .getTagName()).isEqualTo("svg");
        assertThat(picture).doesNotContain("NaN");
      }
    }
  }

  @Test
  void aRecordedLoadIsComparedWithItself(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("load.csv");
    // A step of 10 ms, of 5 tokens; a prompt is one step.
    RecordedLoad.write(file, List.of(new RecordedLoad.Line(0, 0, 0, 50, 0, 5, 10_000, 50_000)));
    String[] same = {"simulate", "--trace", file.toString(), "--validate", "--step", "10000,0,0,0", "--jitter", "0",
        "--way", "0"};
    assertThat(Main.run(screen, same)).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("measured", "+0.0 %").doesNotContain("too far");
    same[5] = "20000,0,0,0";
    assertThat(Main.run(screen, same)).isOne();
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("+100.0 %  too far");
  }

  @Test
  void wrongUsageIsNamed(@TempDir Path folder) {
    assertThat(Main.run(screen, "simulate", "--step", "1,2,3")).isEqualTo(2);
    assertThat(Main.run(screen, "simulate", "--clinics", "0")).isEqualTo(2);
    assertThat(Main.run(screen, "simulate", "--hours", "0")).isEqualTo(2);
    assertThat(Main.run(screen, "simulate", "--validate")).isEqualTo(2);
    assertThat(Main.run(screen, "simulate", "--trace", folder.resolve("none.csv").toString())).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("--step is 1,2,3; it must be 4 numbers",
        "clinics 0 must be at least 1", "span PT0S", "--validate needs --trace", "none.csv");
  }
}
