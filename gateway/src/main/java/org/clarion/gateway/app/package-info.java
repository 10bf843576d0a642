/** Configuration and wiring of the gateway role. */
@NullMarked
package org.clarion.gateway.app;

import org.jspecify.annotations.NullMarked;
