/** The encoder as a role: its settings, its model, its server. */
@NullMarked
package org.clarion.vision.app;

import org.jspecify.annotations.NullMarked;
