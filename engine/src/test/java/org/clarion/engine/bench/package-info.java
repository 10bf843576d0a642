/** Probes of the engine's speed, run by hand. */
@NullMarked
package org.clarion.engine.bench;

import org.jspecify.annotations.NullMarked;
