/** How the command talks to a person: colours, steps with times, progress bars, log files. */
@NullMarked
package org.clarion.deploy.terminal;

import org.jspecify.annotations.NullMarked;
