/** The rank on the wire: the stream of plans and the intake of embeddings. */
@NullMarked
package org.clarion.llm.rpc;

import org.jspecify.annotations.NullMarked;
