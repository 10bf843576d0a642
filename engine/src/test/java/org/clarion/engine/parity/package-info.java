@NullMarked
package org.clarion.engine.parity;

import org.jspecify.annotations.NullMarked;
