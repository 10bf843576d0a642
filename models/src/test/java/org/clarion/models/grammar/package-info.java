@NullMarked
package org.clarion.models.grammar;

import org.jspecify.annotations.NullMarked;
