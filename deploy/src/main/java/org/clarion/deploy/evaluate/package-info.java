/** What evaluation needs of the rest of the program: the gateway's picture intake, and a cluster to ask. */
@NullMarked
package org.clarion.deploy.evaluate;

import org.jspecify.annotations.NullMarked;
