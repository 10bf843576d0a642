/** What the encoder process keeps, without threads, clocks or I/O. */
@NullMarked
package org.clarion.vision.core;

import org.jspecify.annotations.NullMarked;
