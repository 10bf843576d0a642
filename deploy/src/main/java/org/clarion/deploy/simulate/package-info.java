/** Traces from files, and what a simulation found: for terminals, programs and people who would rather look. */
@NullMarked
package org.clarion.deploy.simulate;

import org.jspecify.annotations.NullMarked;
