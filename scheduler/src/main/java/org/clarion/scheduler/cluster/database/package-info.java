/** What of shared state outlives all members: entries in a relational database, behind Hazelcast's maps. */
@NullMarked
package org.clarion.scheduler.cluster.database;

import org.jspecify.annotations.NullMarked;
