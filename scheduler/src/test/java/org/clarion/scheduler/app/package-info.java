@NullMarked
package org.clarion.scheduler.app;

import org.jspecify.annotations.NullMarked;
