/**
 * What the scheduler's parts say to each other: ids, the records of shared state and the interfaces of the stores that
 * hold them. No framework type appears here.
 */
@NullMarked
package org.clarion.scheduler.api;

import org.jspecify.annotations.NullMarked;
