/** Synthetic chest radiographs. */
@NullMarked
package org.clarion.training.phantom.chest;

import org.jspecify.annotations.NullMarked;
