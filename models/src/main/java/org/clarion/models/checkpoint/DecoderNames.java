package org.clarion.models.checkpoint;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** What checkpoints do to the names of a decoder's tensors, whatever its architecture. */
final class DecoderNames {
  private static final List<String> PREFIXES = List.of("llama_model.", "llm_model.");

  private DecoderNames() {}

  /** Stored names by plain ones: a prefix that wraps the whole model is taken off. */
  static SequencedMap<String, String> plain(Checkpoint opened) {
    SequencedMap<String, String> stored = new LinkedHashMap<>();
    for (String name : opened.tensors().keySet()) {
      String plain = plain(name);
      String twin = stored.putIfAbsent(plain, name);
      if (twin != null) {
        throw new CheckpointException("checkpoint_mismatch", twin + " and " + name + " are the same tensor twice");
      }
    }
    return stored;
  }

  /** A name without the prefix of a model that wraps the decoder. */
  static String plain(String name) {
    return PREFIXES.stream().filter(name::startsWith).findFirst().map(p -> name.substring(p.length())).orElse(name);
  }
}
