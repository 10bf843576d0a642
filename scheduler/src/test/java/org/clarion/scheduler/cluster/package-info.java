@NullMarked
package org.clarion.scheduler.cluster;

import org.jspecify.annotations.NullMarked;
