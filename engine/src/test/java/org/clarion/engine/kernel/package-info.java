@NullMarked
package org.clarion.engine.kernel;

import org.jspecify.annotations.NullMarked;
