/** Breaks a cluster on purpose while clients read, and says whether anybody lost or saw twice a single token. */
@NullMarked
package org.clarion.deploy.chaos;

import org.jspecify.annotations.NullMarked;
