/**
 * What an answer may look like, as an automaton over bytes, and which tokens that leaves: JSON schemas, report
 * sections, patterns. Pure: no threads, clocks or I/O.
 */
@NullMarked
package org.clarion.models.grammar;

import org.jspecify.annotations.NullMarked;
