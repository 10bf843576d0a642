/** A data set in, metrics and a table of cases out. */
@NullMarked
package org.clarion.training.evaluate;

import org.jspecify.annotations.NullMarked;
