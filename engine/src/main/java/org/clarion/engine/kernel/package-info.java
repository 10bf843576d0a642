/**
 * Kernels written in C for this processor: compiled once per host, called through the Foreign Function API. Where there
 * is no compiler or the processor lacks AVX-512 VNNI, TorchScript programs do the same work.
 */
@NullMarked
package org.clarion.engine.kernel;

import org.jspecify.annotations.NullMarked;
