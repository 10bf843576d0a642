@NullMarked
package org.clarion.llm.app;

import org.jspecify.annotations.NullMarked;
