@NullMarked
package org.clarion.llm.exec;

import org.jspecify.annotations.NullMarked;
