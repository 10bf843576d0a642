/** What a smaller kind of weights, keys and values costs in quality: perplexity and agreement with float32. */
@NullMarked
package org.clarion.engine.quality;

import org.jspecify.annotations.NullMarked;
