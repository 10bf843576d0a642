@NullMarked
package org.clarion.engine.learn;

import org.jspecify.annotations.NullMarked;
