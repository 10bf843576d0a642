package org.clarion.gateway.flow;

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
 */
public record Arrival(Tenant tenant, String id, String route, long nanos) {}
