/** From a valid request to a finished answer: pictures, prompt, generation, accounting. */
@NullMarked
package org.clarion.gateway.flow;

import org.jspecify.annotations.NullMarked;
