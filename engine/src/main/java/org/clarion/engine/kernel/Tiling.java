package org.clarion.engine.kernel;

/** Which shape of register tile linear layers use, by size. Any choice gives the same bits; they differ in speed. */
public interface Tiling {
  /** Columns of a tile. */
  int WIDE = 64;
  /** Columns of a tile that takes twice as many rows. */
  int TALL = 32;
  /** Stands for tiles of the matrix unit, 32 columns wide: int8, where {@link KernelLibrary#hasMatrixUnit()}. */
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
