/** Results on a terminal, as HTML, CSV and JSON. */
@NullMarked
package org.clarion.training.evaluate.report;

import org.jspecify.annotations.NullMarked;
