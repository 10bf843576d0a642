/** A seeded generator of synthetic radiographs and skin photos, with labels and text; nothing here shows a person. */
@NullMarked
package org.clarion.training.phantom;

import org.jspecify.annotations.NullMarked;
