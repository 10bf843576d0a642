/** The sub-commands of {@code clarion}: parse, wire, run, report. */
@NullMarked
package org.clarion.deploy.command;

import org.jspecify.annotations.NullMarked;
