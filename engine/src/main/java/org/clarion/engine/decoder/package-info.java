/** Decoders: steps over a KV arena, one tensor-parallel rank. */
@NullMarked
package org.clarion.engine.decoder;

import org.jspecify.annotations.NullMarked;
