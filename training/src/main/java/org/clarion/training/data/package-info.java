/** Pairs of image and report in the layouts that hospitals and papers use, and the cleaning of reports. */
@NullMarked
package org.clarion.training.data;

import org.jspecify.annotations.NullMarked;
