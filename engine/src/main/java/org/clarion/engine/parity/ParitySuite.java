package org.clarion.engine.parity;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Sets of golden values, run one after the other. Others may add their own sets to {@link #engineSets()}.
 *
 * @param sets
 *          in the order in which they run
 */
public record ParitySuite(List<ParitySet> sets) {
  public ParitySuite {
    sets = List.copyOf(sets);
  }

  /** What this module can compare, and what it says of topics that nothing in this build covers. */
  public static List<ParitySet> engineSets() {
    return List.of(new OperatorSet(), new VisionSet(), new QFormerSet(), new ProjectionSet(), new SwinSet(),
        DecoderSet.llama(),
        DecoderSet.falcon(),
        new SmolLm2Set(), new EndToEndSet(), new TrainingSet());
  }

  /**
   * Runs every set. Takes seconds to a minute.
   *
   * @param fixtures
   *          folder of all fixtures
   * @param progress
   *          told each result as it comes, on the calling thread
   */
  public List<ParityResult> run(Path fixtures, Consumer<ParityResult> progress) {
    List<ParityResult> results = new ArrayList<>();
    for (ParitySet set : sets) {
      ParityResult result = set.check(fixtures);
      results.add(result);
      progress.accept(result);
    }
    return results;
  }
}
