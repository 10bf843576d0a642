/**
 * How good a model's answers are: what they say is read out by rules, compared with what the pictures show, and summed
 * up with intervals.
 */
@NullMarked
package org.clarion.training.evaluate;

import org.jspecify.annotations.NullMarked;
