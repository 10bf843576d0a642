/** The scheduler as a role: configuration, the lease, start and stop. */
@NullMarked
package org.clarion.scheduler.app;

import org.jspecify.annotations.NullMarked;
