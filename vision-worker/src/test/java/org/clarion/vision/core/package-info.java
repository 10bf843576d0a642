@NullMarked
package org.clarion.vision.core;

import org.jspecify.annotations.NullMarked;
