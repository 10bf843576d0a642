/** The folder that {@code clarion phantoms} writes. */
@NullMarked
package org.clarion.training.phantom.file;

import org.jspecify.annotations.NullMarked;
