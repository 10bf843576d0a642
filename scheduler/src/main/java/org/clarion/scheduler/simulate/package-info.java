/**
 * The scheduler's core under a clock of its own: a discrete-event simulation of many replicas, their image encoders and
 * the clinics that ask them. No threads, no clocks; the same seed gives the same figures everywhere.
 */
@NullMarked
package org.clarion.scheduler.simulate;

import org.jspecify.annotations.NullMarked;
