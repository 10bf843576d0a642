/** Decoders of other makers, chosen by name and stopped when nobody waits for their picture. */
@NullMarked
package org.clarion.gateway.codec;

import org.jspecify.annotations.NullMarked;
