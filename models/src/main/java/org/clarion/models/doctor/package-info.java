/** Looks at a model's files before anything loads them: are they whole, do they belong together, will they fit. */
@NullMarked
package org.clarion.models.doctor;

import org.jspecify.annotations.NullMarked;
