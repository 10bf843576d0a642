/** Text to token ids and back. */
@NullMarked
package org.clarion.models.tokenizer;

import org.jspecify.annotations.NullMarked;
