/** What the parts of the gateway tell each other: served models, valid requests, refusals. */
@NullMarked
package org.clarion.gateway.api;

import org.jspecify.annotations.NullMarked;
