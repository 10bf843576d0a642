package org.clarion.deploy.parity;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.clarion.engine.parity.ParitySet;
import org.clarion.engine.parity.ParitySuite;

/** Every set that this build knows, and the fixture folders that it has no set for. */
public final class ParitySets {
  private static final Set<String> NO_VALUES = Set.of("generate");

  private ParitySets() {}

  /** Sets in the order of a request's way: picture, text, encoder, decoder, choice. */
  public static List<ParitySet> of(Path fixtures) throws IOException {
    List<ParitySet> sets = new ArrayList<>(List.of(new PreprocessingSet(), new DicomSet(),
        new TokenizerSet("tokenizer llama",
            "tokenizer/llama/tokenizer.json", "tokenizer/llama/cases.json"),
        new TokenizerSet("tokenizer llama, GGUF",
            "tokenizer/llama/vocabulary.gguf", "tokenizer/llama/cases.json"),
        new TokenizerSet("tokenizer falcon",
            "tokenizer/falcon/tokenizer.json", "tokenizer/falcon/cases.json"),
        new TokenizerSet("tokenizer smollm2",
            "../models/smollm2-135m-instruct/tokenizer.json", "tokenizer/smollm2/cases.json"),
        new TokenizerSet(
            "tokenizer smollm2, GGUF", "../models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf",
            "tokenizer/smollm2/cases.json"),
        new PickleSet(), new SamplingSet(), new MetricsSet()));
    sets.addAll(ParitySuite.engineSets());
    sets.addAll(unsupported(fixtures, sets));
    return sets;
  }

  /** Folders that no set's name starts with: listed, so that nobody takes silence for success. */
  private static List<ParitySet> unsupported(Path fixtures, List<ParitySet> sets) throws IOException {
    try (Stream<Path> folders = Files.list(fixtures)) {
      return folders.filter(Files::isDirectory).map(folder -> String.valueOf(folder.getFileName())).filter(
          name -> !NO_VALUES.contains(name) && sets.stream().noneMatch(set -> set.name().startsWith(name))).sorted()
          .map(
              name -> ParitySet.unsupported(name, "no part of this build does this yet"))
          .toList();
    }
  }
}
