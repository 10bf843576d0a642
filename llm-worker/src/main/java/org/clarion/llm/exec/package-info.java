/** Runs plans: the engine thread of a rank, what it runs on, and how ranks form a group. */
@NullMarked
package org.clarion.llm.exec;

import org.jspecify.annotations.NullMarked;
