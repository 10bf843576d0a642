@NullMarked
package org.clarion.scheduler.rpc;

import org.jspecify.annotations.NullMarked;
