@NullMarked
package org.clarion.llm.core;

import org.jspecify.annotations.NullMarked;
