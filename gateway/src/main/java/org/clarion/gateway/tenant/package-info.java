/** Which clinic a credential stands for. */
@NullMarked
package org.clarion.gateway.tenant;

import org.jspecify.annotations.NullMarked;
