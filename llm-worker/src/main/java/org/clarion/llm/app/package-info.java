/** The rank as a role: its settings, its model, its server. */
@NullMarked
package org.clarion.llm.app;

import org.jspecify.annotations.NullMarked;
