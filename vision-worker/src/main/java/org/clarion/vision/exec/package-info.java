/** Encodes images, each once, and delivers the embeddings. */
@NullMarked
package org.clarion.vision.exec;

import org.jspecify.annotations.NullMarked;
