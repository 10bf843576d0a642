/** The HTTP side: routes, parsing of requests into valid ones, replies, errors in OpenAI's shape. */
@NullMarked
package org.clarion.gateway.http;

import org.jspecify.annotations.NullMarked;
