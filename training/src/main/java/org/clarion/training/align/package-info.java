/** The trainer: stages as data, autograd through the programs that serve, checkpoints that resume exactly. */
@NullMarked
package org.clarion.training.align;

import org.jspecify.annotations.NullMarked;
