/**
 * What the edge computes without threads, clocks or sockets: stop strings, answer text, the JSON of chunks, routing
 * hashes.
 */
@NullMarked
package org.clarion.gateway.core;

import org.jspecify.annotations.NullMarked;
