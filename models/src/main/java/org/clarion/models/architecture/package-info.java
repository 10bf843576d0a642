/** Shapes of the model families that the engine runs. */
@NullMarked
package org.clarion.models.architecture;

import org.jspecify.annotations.NullMarked;
