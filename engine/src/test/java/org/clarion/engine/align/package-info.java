@NullMarked
package org.clarion.engine.align;

import org.jspecify.annotations.NullMarked;
