@NullMarked
package org.clarion.engine.collective;

import org.jspecify.annotations.NullMarked;
