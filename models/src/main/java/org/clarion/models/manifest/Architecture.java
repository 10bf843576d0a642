package org.clarion.models.manifest;

import java.util.Arrays;
import java.util.Locale;
import org.clarion.models.architecture.DecoderConfig;
import org.clarion.models.architecture.FalconConfig;
import org.clarion.models.architecture.LlamaConfig;

/** Families of decoders. */
public enum Architecture {
  LLAMA, FALCON;

  /** The name in manifests. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The family of a shape. */
  public static Architecture of(DecoderConfig config) {
    return switch (config) {
      case LlamaConfig _ -> LLAMA;
      case FalconConfig _ -> FALCON;
    };
  }

  static Architecture ofWord(String word) {
    return Arrays.stream(values()).filter(value -> value.word().equals(word)).findFirst()
        .orElseThrow(() -> new IllegalArgumentException("language.architecture is '" + word + "', expected one of "
            + Arrays.stream(values()).map(Architecture::word).toList()));
  }
}
