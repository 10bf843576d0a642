/** One role in this process: configuration, start, metrics and health, stop. */
@NullMarked
package org.clarion.deploy.serve;

import org.jspecify.annotations.NullMarked;
