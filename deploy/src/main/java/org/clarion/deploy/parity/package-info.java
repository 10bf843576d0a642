/** Golden values of what lies outside the engine: pictures, tokenizers, pickles, sampling. */
@NullMarked
package org.clarion.deploy.parity;

import org.jspecify.annotations.NullMarked;
