@NullMarked
package org.clarion.engine.vision;

import org.jspecify.annotations.NullMarked;
