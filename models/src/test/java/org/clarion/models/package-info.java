/** Help for this module's tests. */
@NullMarked
package org.clarion.models;

import org.jspecify.annotations.NullMarked;
