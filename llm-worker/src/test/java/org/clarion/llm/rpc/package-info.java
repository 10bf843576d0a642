@NullMarked
package org.clarion.llm.rpc;

import org.jspecify.annotations.NullMarked;
