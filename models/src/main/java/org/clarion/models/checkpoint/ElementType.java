package org.clarion.models.checkpoint;

/** How a tensor's elements are stored in a file. Block-quantised kinds are read as float32 only. */
public enum ElementType {
  FLOAT64, FLOAT32, FLOAT16, BFLOAT16, INT64, INT32, INT16, INT8, UINT8, BOOL, GGUF_Q8_0, GGUF_Q4_0, GGUF_Q4_1;
}
