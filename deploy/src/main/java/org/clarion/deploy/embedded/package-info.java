/** The whole cluster inside this process: every role, real gRPC on loopback. */
@NullMarked
package org.clarion.deploy.embedded;

import org.jspecify.annotations.NullMarked;
