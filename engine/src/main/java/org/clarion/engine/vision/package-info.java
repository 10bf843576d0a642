/** The image tower: EVA-ViT, Q-Former and projection. */
@NullMarked
package org.clarion.engine.vision;

import org.jspecify.annotations.NullMarked;
