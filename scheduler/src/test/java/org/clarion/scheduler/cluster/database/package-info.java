@NullMarked
package org.clarion.scheduler.cluster.database;

import org.jspecify.annotations.NullMarked;
