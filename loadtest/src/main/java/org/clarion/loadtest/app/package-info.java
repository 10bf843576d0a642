/** The generator: HTTP calls on virtual threads, measured with one monotonic clock. */
@NullMarked
package org.clarion.loadtest.app;

import org.jspecify.annotations.NullMarked;
