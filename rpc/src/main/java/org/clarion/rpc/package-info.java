/**
 * What every gRPC role shares: servers and channels with one set of keepalive and size rules, deadlines on every call,
 * errors with stable codes, health by forward progress, outbound queues that honour flow control, queues that tenants
 * share, and the chunked transport of embeddings.
 */
@NullMarked
package org.clarion.rpc;

import org.jspecify.annotations.NullMarked;
