/**
 * Continuous batching as a pure, deterministic state machine: no threads, clocks, sockets or frameworks. One owner
 * calls it; time and randomness come in as arguments.
 */
@NullMarked
package org.clarion.scheduler.core;

import org.jspecify.annotations.NullMarked;
