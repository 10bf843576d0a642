/** Untrusted bytes in, bounded pictures out: the only place of the cluster that decodes uploads. */
@NullMarked
package org.clarion.gateway.intake;

import org.jspecify.annotations.NullMarked;
