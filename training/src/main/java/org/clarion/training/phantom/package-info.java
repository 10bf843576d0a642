/**
 * Synthetic pictures with labels, reports and dialogues: the vocabulary, and the generator that draws all of it from a
 * seed.
 */
@NullMarked
package org.clarion.training.phantom;

import org.jspecify.annotations.NullMarked;
