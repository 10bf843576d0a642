package org.clarion.engine.decoder;

import org.jspecify.annotations.Nullable;

/**
 * Where a {@link ScriptBlock} sends the names of its weights, in the order in which the program counts them. A gain is
 * the name of a norm's weight that goes into the columns (of int8 weights: that multiplies the inputs), or null.
 */
interface BlockWeights {
  /** A norm with gain and bias of its own. */
  void addNorm(String name);

  /** Query heads, and the KV heads that they read. */
  void addQkv(String query, String key, String value, @Nullable String gain);

  /** The matrix behind attention. */
  void addOutput(String name);

  /** The MLP's first matrices, as one. */
  void addInner(@Nullable String gain, String... names);

  /** The MLP's last matrix. */
  void addOuter(String name);

  /** From the last norm to the vocabulary. */
  void addHead(String name, @Nullable String gain);
}
