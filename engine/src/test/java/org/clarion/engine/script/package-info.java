@NullMarked
package org.clarion.engine.script;

import org.jspecify.annotations.NullMarked;
