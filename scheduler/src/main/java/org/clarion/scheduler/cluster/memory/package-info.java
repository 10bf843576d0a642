/** The shared state inside one process: for tests, and the reference that the Hazelcast stores are held to. */
@NullMarked
package org.clarion.scheduler.cluster.memory;

import org.jspecify.annotations.NullMarked;
