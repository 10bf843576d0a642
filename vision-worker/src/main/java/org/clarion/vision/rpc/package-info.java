/** The encoder on the wire. */
@NullMarked
package org.clarion.vision.rpc;

import org.jspecify.annotations.NullMarked;
