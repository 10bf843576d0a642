@NullMarked
package org.clarion.vision.app;

import org.jspecify.annotations.NullMarked;
