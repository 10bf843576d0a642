package org.clarion.training.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.clarion.training.data.DataSet;
import org.clarion.training.data.DataSets;
import org.clarion.training.data.ReportCase;
import org.clarion.training.phantom.Stage;
import org.clarion.training.phantom.file.PhantomFolder;
import org.clarion.training.phantom.file.Picture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the generator writes is read back, and its reports say what its labels say, in every wording. */
class RoundTripTest {
  @Test
  void rulesReadFromReportsWhatTheLabelsSay(@TempDir Path folder) throws IOException {
    new PhantomFolder(new PhantomFolder.Order(Optional.empty(), 150, 41, 56, Picture.PNG, Stage.TWO)).write(folder,
        _ -> {
        });

    DataSet set = DataSets.read(folder);

    assertThat(set.badRows()).isEmpty();
    assertThat(set.cases()).hasSize(150).allSatisfy(RoundTripTest::agrees);
  }

  private static void agrees(ReportCase one) {
    Truth truth = Truth.of(one);
    Reading reading = Reading.of(one.report());
    assertThat(reading.contradictions()).isZero();
    if (truth instanceof Truth.Distractor) {
      assertThat(reading.refuses()).as(one.report()).isTrue();
    } else {
      assertThat(reading.refuses()).as(one.report()).isFalse();
      assertThat(reading.statements(truth)).as(one.report()).containsExactlyInAnyOrderElementsOf(Reading.expected(
          truth));
    }
  }
}
