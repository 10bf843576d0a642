/** Prompt templates: a conversation as segments of text and image places. */
@NullMarked
package org.clarion.models.prompt;

import org.jspecify.annotations.NullMarked;
