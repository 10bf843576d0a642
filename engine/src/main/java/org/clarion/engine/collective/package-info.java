/** What tensor-parallel ranks say to each other: sums, gathers and agreements over threads or shared memory. */
@NullMarked
package org.clarion.engine.collective;

import org.jspecify.annotations.NullMarked;
