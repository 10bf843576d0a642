@NullMarked
package org.clarion.rpc;

import org.jspecify.annotations.NullMarked;
