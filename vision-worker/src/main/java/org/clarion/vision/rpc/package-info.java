/** The encoder on the wire: images in, embeddings out. */
@NullMarked
package org.clarion.vision.rpc;

import org.jspecify.annotations.NullMarked;
