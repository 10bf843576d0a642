/** Encodes images, each once, on the engine's thread. */
@NullMarked
package org.clarion.vision.exec;

import org.jspecify.annotations.NullMarked;
