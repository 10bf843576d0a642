/** The command's entry and its exit codes. */
@NullMarked
package org.clarion.deploy.app;

import org.jspecify.annotations.NullMarked;
