/** The cluster as processes of one machine, started, watched and stopped together. */
@NullMarked
package org.clarion.deploy.process;

import org.jspecify.annotations.NullMarked;
