@NullMarked
package org.clarion.engine.decoder;

import org.jspecify.annotations.NullMarked;
