/**
 * Training through the programs that serve: parameters that autograd follows, and the optimiser that moves them.
 */
@NullMarked
package org.clarion.engine.learn;

import org.jspecify.annotations.NullMarked;
