@NullMarked
package org.clarion.engine.quality;

import org.jspecify.annotations.NullMarked;
