/** Pixels as the encoders expect them: the Pillow-exact resize and the tensor it ends in. */
@NullMarked
package org.clarion.models.image;

import org.jspecify.annotations.NullMarked;
