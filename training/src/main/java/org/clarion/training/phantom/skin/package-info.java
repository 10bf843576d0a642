/** Synthetic photographs of skin. */
@NullMarked
package org.clarion.training.phantom.skin;

import org.jspecify.annotations.NullMarked;
