/**
 * Measures the engine alone, without scheduler or network: steps of decoders, image encodes, and the machine's roofs.
 */
@NullMarked
package org.clarion.engine.bench;

import org.jspecify.annotations.NullMarked;
