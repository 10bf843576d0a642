@NullMarked
package org.clarion.models.checkpoint;

import org.jspecify.annotations.NullMarked;
