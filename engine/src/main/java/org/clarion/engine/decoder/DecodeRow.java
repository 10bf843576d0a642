package org.clarion.engine.decoder;

/**
 * One new token of a running sequence.
 *
 * @param token
 *          its id
 * @param position
 *          its position in the sequence; the keys and values of all earlier positions are in the arena
 * @param arenaOffset
 *          start of the sequence's extent: position p lives at {@code arenaOffset + p}
 */
public record DecodeRow(int token, int position, int arenaOffset) {}
