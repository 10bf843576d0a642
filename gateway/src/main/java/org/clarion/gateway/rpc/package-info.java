/** Calls to schedulers and vision workers. */
@NullMarked
package org.clarion.gateway.rpc;

import org.jspecify.annotations.NullMarked;
