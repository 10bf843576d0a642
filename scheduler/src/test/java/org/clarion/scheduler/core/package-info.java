@NullMarked
package org.clarion.scheduler.core;

import org.jspecify.annotations.NullMarked;
