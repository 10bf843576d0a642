/** The shared state on Hazelcast: stores, serialisers and the member that carries them. */
@NullMarked
package org.clarion.scheduler.cluster;

import org.jspecify.annotations.NullMarked;
