package org.clarion.deploy.chaos;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a client got of one answer.
 *
 * @param session
 *          that it belongs to; null when not even its beginning came
 * @param text
 *          all of it, over all connections
 * @param tokens
 *          that the last event counted
 * @param pause
 *          longest time from one event to the next, or to the first
 * @param connections
 *          that it took
 * @param failure
 *          code of the error that ended it; null when it came to its end
 */
record Answer(@Nullable String session, String text, long tokens, Duration pause, int connections,
    @Nullable String failure) {}
