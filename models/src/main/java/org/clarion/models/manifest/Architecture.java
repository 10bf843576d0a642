package org.clarion.models.manifest;

import java.util.Arrays;
import java.util.Locale;

/** Families of decoders. */
public enum Architecture {
  LLAMA, FALCON;

  /** The name in manifests. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Architecture ofWord(String word) {
    return Arrays.stream(values()).filter(value -> value.word().equals(word)).findFirst()
        .orElseThrow(() -> new IllegalArgumentException("language.architecture is '" + word + "', expected one of "
            + Arrays.stream(values()).map(Architecture::word).toList()));
  }
}
