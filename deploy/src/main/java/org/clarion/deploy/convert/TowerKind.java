package org.clarion.deploy.convert;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What becomes of an image tower in a converted model. */
public enum TowerKind {
  /** Packed in the smallest kind that the decoder's leaves it; copied where no kernel of our own computes the graph. */
  AUTO("auto"),
  /** Packed in bytes. */
  INT8("int8"),
  /** Packed in bfloat16. */
  BF16("bf16"),
  /** Copied with its values as they are: for a GPU or a host without the kernels. */
  COPY("copy");

  private final String word;

  TowerKind(String word) {
    this.word = word;
  }

  /** The kind of that name. */
  public static Optional<TowerKind> ofWord(String word) {
    return Arrays.stream(values()).filter(kind -> kind.word.equals(word)).findFirst();
  }

  /** All names. */
  public static List<String> words() {
    return Arrays.stream(values()).map(kind -> kind.word).toList();
  }

  String word() {
    return word;
  }
}
