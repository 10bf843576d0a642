/** Compares this engine with golden values of the reference implementations, set by set. */
@NullMarked
package org.clarion.engine.parity;

import org.jspecify.annotations.NullMarked;
