/** Weights as they lie in files: safetensors, GGUF and a safe subset of torch pickles behind one interface. */
@NullMarked
package org.clarion.models.checkpoint;

import org.jspecify.annotations.NullMarked;
