@NullMarked
package org.clarion.scheduler.simulate;

import org.jspecify.annotations.NullMarked;
