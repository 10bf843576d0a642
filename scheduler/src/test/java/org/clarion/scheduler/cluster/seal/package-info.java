@NullMarked
package org.clarion.scheduler.cluster.seal;

import org.jspecify.annotations.NullMarked;
