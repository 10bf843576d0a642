/** TorchScript programs as readable text: the archive writer, the runtime that calls them, the thread that owns one. */
@NullMarked
package org.clarion.engine.script;

import org.jspecify.annotations.NullMarked;
