/** Arithmetic on planes of grey and colour; no fonts, no platform drawing, the same bits on every machine. */
@NullMarked
package org.clarion.training.phantom.raster;

import org.jspecify.annotations.NullMarked;
