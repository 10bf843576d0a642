package org.clarion.engine.kernel;

/**
 * Which shape of register tile linear layers use, by size. They differ in speed; any choice gives the same bits, but
 * for bfloat16 weights and the matrix unit: that one is to be chosen for few rows and for many, or for neither.
 */
public interface Tiling {
  /** Columns of a tile. */
  int WIDE = 64;
  /** Columns of a tile that takes twice as many rows. */
  int TALL = 32;
  /** Stands for the matrix unit, 32 columns wide: int8 and bfloat16, where {@link KernelLibrary#hasMatrixUnit()}. */
  int MATRIX = 1024;

  /** For up to 8 rows. */
  int few(PackedMatrix weights);

  /** For more. */
  int many(PackedMatrix weights);

  /** One of these throughout. */
  static Tiling fixed(int tile) {
    return new Tiling() {
      @Override
      public int few(PackedMatrix weights) {
        return tile;
      }

      @Override
      public int many(PackedMatrix weights) {
        return tile;
      }
    };
  }
}
