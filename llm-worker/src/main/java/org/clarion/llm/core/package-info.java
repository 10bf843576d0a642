/** What a rank keeps and decides without threads, clocks or I/O: sequences, embeddings, plans, the sampler. */
@NullMarked
package org.clarion.llm.core;

import org.jspecify.annotations.NullMarked;
