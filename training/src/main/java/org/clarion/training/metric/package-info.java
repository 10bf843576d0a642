/** Agreement of two texts: ROUGE, BLEU, chrF and CIDEr, equal to the usual Python packages to the last digit. */
@NullMarked
package org.clarion.training.metric;

import org.jspecify.annotations.NullMarked;
