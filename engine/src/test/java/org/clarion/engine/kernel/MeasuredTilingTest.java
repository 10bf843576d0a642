package org.clarion.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MeasuredTilingTest {
  private static final String FEW = "int8 320x128 few 1";

  @BeforeEach
  void kernels() {
    assumeTrue(KernelLibrary.host().isPresent(), "no kernels on this host");
  }

  private static KernelLibrary library() {
    return KernelLibrary.host().orElseThrow();
  }

  @ParameterizedTest
  @EnumSource(names = {"INT8", "INT4", "BFLOAT16"})
  void choosesATileForEverySizeAndRemembersIt(ElementKind kind, @TempDir Path folder) throws IOException {
    TileCache cache = new TileCache(folder.resolve("tiles"));
    try (KernelMemory memory = new KernelMemory(library())) {
      PackedMatrix weights = new PackedMatrix(memory, kind, 320, 128, 0);
      MeasuredTiling tiling = new MeasuredTiling(library(), 1, cache);
      int few = tiling.few(weights);
      int many = tiling.many(weights);
      assertThat(List.of(few, many)).isSubsetOf(Tiling.WIDE, Tiling.TALL, Tiling.MATRIX);
      assertThat(tiling.choices()).extracting(TileChoice::rows).containsExactly("few", "many");
      if (kind == ElementKind.BFLOAT16 && library().hasMatrixUnit()) {
        assertThat(List.of(few, many)).containsOnly(Tiling.MATRIX);
      } else {
        assertThat(Files.readString(folder.resolve("tiles"))).contains("320x128");
      }
      MeasuredTiling next = new MeasuredTiling(library(), 1, cache);
      assertThat(next.few(weights)).isEqualTo(few);
      assertThat(next.many(weights)).isEqualTo(many);
    }
  }

  @Test
  void whatIsRememberedIsBelieved(@TempDir Path folder) {
    TileCache cache = new TileCache(folder.resolve("tiles"));
    try (KernelMemory memory = new KernelMemory(library())) {
      PackedMatrix weights = new PackedMatrix(memory, ElementKind.INT8, 320, 128, 0);
      for (int tile : new int[]{Tiling.TALL, Tiling.WIDE}) {
        cache.put(FEW, tile);
        assertThat(new MeasuredTiling(library(), 1, cache).few(weights)).isEqualTo(tile);
      }
    }
  }

  @Test
  void whatMakesNoSenseIsMeasuredAnew(@TempDir Path folder) throws IOException {
    TileCache cache = new TileCache(folder.resolve("tiles"));
    cache.put(FEW, 7);
    try (KernelMemory memory = new KernelMemory(library())) {
      PackedMatrix weights = new PackedMatrix(memory, ElementKind.INT8, 320, 128, 0);
      assertThat(new MeasuredTiling(library(), 1, cache).few(weights)).isIn(Tiling.WIDE, Tiling.TALL, Tiling.MATRIX);
      Files.writeString(folder.resolve("tiles"), "\\u00zz = \u0000");
      assertThat(new MeasuredTiling(library(), 1, cache).few(weights)).isIn(Tiling.WIDE, Tiling.TALL, Tiling.MATRIX);
    }
  }
}
