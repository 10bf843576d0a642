/**
 * A model that learns: tower, decoder and optimiser as one, spoken to in plain numbers.
 */
@NullMarked
package org.clarion.engine.align;

import org.jspecify.annotations.NullMarked;
