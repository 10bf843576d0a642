/** Figures that compare texts: n-gram scores, labels with side and negation, intervals. */
@NullMarked
package org.clarion.training.metric;

import org.jspecify.annotations.NullMarked;
