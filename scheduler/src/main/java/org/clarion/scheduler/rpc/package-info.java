/**
 * The scheduler's edges: generations from gateways, embeddings from vision workers, plans to the ranks. One owner
 * thread ({@link org.clarion.scheduler.rpc.SchedulerLoop}) drives the core; everything else talks to it by mailbox.
 */
@NullMarked
package org.clarion.scheduler.rpc;

import org.jspecify.annotations.NullMarked;
