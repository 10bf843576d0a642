@NullMarked
package org.clarion.models.doctor;

import org.jspecify.annotations.NullMarked;
