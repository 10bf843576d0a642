package org.clarion.engine.vision;

/** Where {@link EvaLoader} sends the names of its weights. Shapes are those in which the program takes them. */
interface EvaSink {
  /** A linear layer: {@code name.weight} [out, in] and {@code name.bias} [out]. */
  void addLinear(String name, long out, long in);

  /** A layer norm: {@code name.weight} and {@code name.bias}, [width]. */
  void addNorm(String name, long width);

  /** {@code prefix}qkv.weight [3 * width, width] with the biases q_bias and v_bias, [width]. */
  void addQkv(String prefix, long width);

  /** The row before the patches, [width], and all rows' positions, [rows, width]. */
  void setTokens(String firstToken, String positions, long rows, long width);

  /** The Q-Former's learned rows, [queries, width]. */
  void setQueries(String name, long queries, long width);
}
