/** Arrivals, prompts, event parsing and statistics: no threads, clocks or I/O. */
@NullMarked
package org.clarion.loadtest.core;

import org.jspecify.annotations.NullMarked;
