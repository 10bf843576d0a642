package org.clarion.gateway.flow;

import java.util.concurrent.Executor;
import org.clarion.gateway.tenant.Tenant;

/**
 * A generation's request as it came in.
 *
 * @param tenant
 *          who asks
 * @param id
 *          the generation's id, which is the completion's
 * @param route
 *          the route's pattern
 * @param nanos
 *          {@link System#nanoTime} of its arrival
 * @param created
 *          the same in seconds since 1970
 * @param executor
 *          where its answer is worked on, one piece at a time and without blocking
 */
public record Arrival(Tenant tenant, String id, String route, long nanos, long created, Executor executor) {}
