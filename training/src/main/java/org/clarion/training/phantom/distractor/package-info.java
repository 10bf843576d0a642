/** Pictures that no medical model should describe. */
@NullMarked
package org.clarion.training.phantom.distractor;

import org.jspecify.annotations.NullMarked;
