@NullMarked
package org.clarion.training.phantom;

import org.jspecify.annotations.NullMarked;
