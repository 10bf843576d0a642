package org.clarion.engine.kernel;

/**
 * What measuring chose for one size of linear layer.
 *
 * @param weights
 *          kind, outputs and inputs, as {@code int8 1536x576}
 * @param rows
 *          {@code few} or {@code many}
 * @param tile
 *          one of {@link Tiling}'s: columns of the register tile, or the matrix unit
 */
public record TileChoice(String weights, String rows, int tile) {}
