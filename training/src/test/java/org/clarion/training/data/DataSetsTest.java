package org.clarion.training.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.assertj.core.groups.Tuple;
import org.clarion.training.phantom.Concept;
import org.clarion.training.phantom.Disease;
import org.clarion.training.phantom.Labels;
import org.clarion.training.phantom.Side;
import org.clarion.training.phantom.Turn;
import org.clarion.training.phantom.View;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataSetsTest {
  @TempDir
  private Path folder = Path.of("");

  @BeforeEach
  void pictures() throws IOException {
    Files.createDirectories(folder.resolve("images"));
    Files.createDirectories(folder.resolve("image"));
    for (String name : List.of("a.png", "images/b.jpg", "image/m1.jpg", "image/CXR3_IM-1384-1001.png",
        "image/CXR3_IM-1384-2001.png", "image/CXR1_1_IM-0001-3001.png")) {
      Files.createFile(folder.resolve(name));
    }
  }

  @Test
  void readsThePhantomsOfThisProgram() throws IOException {
    write("cases.jsonl",
        """
            {"id":"c1","image":"images/b.jpg","kind":"chest","report":"Findings: x.","labels":{"view":"PA","findings":[{"finding":"effusion","side":"left","zone":"lower","size":"small","count":1}]},"strata":{"view":"PA"},"dialogue":[{"question":"Q?","answer":"A."}]}
            {"id":"s1","image":"a.png","kind":"skin","report":"A plaque.","labels":{"disease":"psoriasis","concepts":["plaque","scale"]},"strata":{"view":"close-up","skin_tone":"V","monk":"7"}}
            {"id":"d1","image":"a.png","kind":"distractor","report":"Not medical.","labels":{"distractor":"cup"}}
            {"id":"d2","image":"a.png","kind":"bird","report":"Not medical.","labels":{}}
            """);

    DataSet set = DataSets.read(folder);

    assertThat(set.layout()).isEqualTo(DataLayout.PHANTOMS);
    assertThat(set.cases()).extracting(ReportCase::id).containsExactly("c1", "s1", "d1");
    ReportCase chest = set.cases().getFirst();
    assertThat(chest.strata()).isEqualTo(Map.of("view", "PA"));
    assertThat(chest.dialogue()).containsExactly(new Turn("Q?", "A."));
    assertThat(chest.labels()).hasValueSatisfying(labels -> assertThat(((Labels.Chest) labels).findings())
        .singleElement().satisfies(label -> assertThat(label.side()).isEqualTo(Side.LEFT)));
    assertThat(set.cases().get(1).labels()).hasValueSatisfying(labels -> {
      assertThat(((Labels.Skin) labels).disease()).isEqualTo(Disease.PSORIASIS);
      assertThat(((Labels.Skin) labels).monk()).isEqualTo(7);
      assertThat(((Labels.Skin) labels).view()).isEqualTo(View.CLOSE_UP);
      assertThat(((Labels.Skin) labels).concepts()).containsExactlyInAnyOrder(Concept.PLAQUE, Concept.SCALE);
    });
    assertThat(set.badRows()).extracting(BadRow::line, BadRow::reason).containsExactly(Tuple.tuple(4L,
        "kind is 'bird', not chest, skin or distractor"));
  }

  @Test
  void listsEveryBadRowAndReadsTheRest() throws IOException {
    Files.write(folder.resolve("list.jsonl"), """
        {"image":"a.png","report":"Good."}
        {"image":"gone.png","report":"Good."}
        {"report":"Good."}
        {"image":"a.png","report":"  "}
        {"image":"a.png",
        [1]

        {"image":"a","findings":"Clear.","impression":"Normal."}
        {"image":"a.png","report":"\u00e9"}
        """.getBytes(StandardCharsets.ISO_8859_1));

    DataSet set = DataSets.read(folder);

    assertThat(set.cases()).extracting(ReportCase::report).containsExactly("Good.",
        "Findings: Clear. Impression: Normal.");
    assertThat(set.cases()).extracting(ReportCase::id).containsExactly("a", "a#8");
    assertThat(set.badRows()).extracting(BadRow::line).containsExactly(2L, 3L, 4L, 5L, 6L, 9L);
    assertThat(set.badRows().getFirst()).hasToString(folder.resolve("list.jsonl")
        + ":2: the image 'gone.png' is not there");
  }

  @Test
  void readsCaptionsOfMimicAndOpenI() throws IOException {
    write("filter_cap.json", """
        {"version": {"x": [1]}, "annotations": [
          {"image_id": "m1", "caption": "One."},
          {"image_id": "1384_2", "caption": "Two."},
          {"image_id": "1_3", "caption": "Three."},
          {"image_id": "1384_7", "caption": "None."},
          {"image_id": "m1"}]}
        """);

    DataSet set = DataSets.read(folder);

    assertThat(set.layout()).isEqualTo(DataLayout.CAPTIONS);
    assertThat(set.cases()).extracting(one -> String.valueOf(one.image().getFileName())).containsExactly("m1.jpg",
        "CXR3_IM-1384-2001.png", "CXR1_1_IM-0001-3001.png");
    assertThat(set.badRows()).extracting(BadRow::line).containsExactly(5L, 6L);
  }

  @Test
  void aBrokenCaptionFileGivesWhatComesBefore() throws IOException {
    write("filter_cap.json", """
        {"annotations": [
          {"image_id": "m1", "caption": "One."},
          {"image_id": "m1", "cap
        """);

    DataSet set = DataSets.read(folder);

    assertThat(set.cases()).hasSize(1);
    assertThat(set.badRows()).singleElement().satisfies(row -> assertThat(row.reason()).contains("not JSON"));
  }

  @Test
  void readsCsvWithQuotesAndSkinTexts() throws IOException {
    write("list.csv", String.join("\r\n", "\ufeffImage,Concepts,Disease,Report,skin_tone",
        "a.png,\"Plaque, Scale\",psoriasis,,VI", "b,,,\"Two lines,\nand a \"\"quote\"\".\",", "a.png,only three,fields",
        "a.png,,,,"));

    DataSet set = DataSets.read(folder.resolve("list.csv"));

    assertThat(set.cases()).extracting(ReportCase::report).containsExactly(
        "This is a skin disease image with the following medical features (clinical concepts): Plaque, Scale."
            + " This could be a skin disease image of psoriasis.",
        "Two lines,\nand a \"quote\".");
    assertThat(set.cases().getFirst().strata()).isEqualTo(Map.of("skin_tone", "VI"));
    assertThat(set.badRows()).extracting(BadRow::line).containsExactly(5L, 6L);
  }

  @Test
  void saysWhyThereIsNothingToRead() throws IOException {
    assertThatThrownBy(() -> DataSets.read(folder)).isInstanceOf(DataException.class).hasMessageContaining(
        "no cases.jsonl");
    assertThatThrownBy(() -> DataSets.read(folder.resolve("a.png"))).hasMessageContaining(".jsonl");
    assertThatThrownBy(() -> DataSets.read(folder.resolve("none"))).hasMessageContaining("neither");
    write("a.csv", "");
    assertThatThrownBy(() -> DataSets.read(folder)).hasMessageContaining("empty");
    write("b.jsonl", "");
    assertThatThrownBy(() -> DataSets.read(folder)).hasMessageContaining("several");
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }
}
