package org.clarion.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.clarion.engine.kernel.MatrixPacker.Columns;
import org.clarion.engine.kernel.MatrixPacker.Rows;
import org.clarion.models.checkpoint.Checkpoint;
import org.clarion.models.checkpoint.RandomCheckpoint;
import org.clarion.models.checkpoint.Sha256;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Converted models hold what the packer wrote: where this fails, {@link PackedMatrix#LAYOUT} needs another name and the
 * hashes below are to be replaced. int4 is left out, because compilers differ in the order of the sums that choose its
 * factors.
 */
class PackedLayoutTest {
  @ParameterizedTest
  @CsvSource({"INT8,32,ac509ce595652c91771fb0a09bcc347ced87a914cd5012bee784fe25569fff0d",
      "INT8,0,a01daada0aa36b78531dd179e942544c028a8a463fc61d448be2ba41cfcd6acc",
      "BFLOAT16,0,a50b3e35fe090b5b3f1f4875fbb7de2381f8b11eaa6c92b06eca39047ed91abe"})
  void theLayoutHasItsName(ElementKind kind, int block, String hash) {
    assumeTrue(KernelLibrary.host().isPresent(), "no kernels of our own on this host");
    KernelLibrary library = KernelLibrary.host().orElseThrow();
    assertThat(PackedMatrix.LAYOUT).isEqualTo("panels-64-v1");
    try (Checkpoint weights = new RandomCheckpoint(3, List.of(
        new RandomCheckpoint.Tensor("w", List.of(70L, 96L), new RandomCheckpoint.Normal(1))));
        KernelMemory memory = new KernelMemory(library)) {
      PackedMatrix matrix = new MatrixPacker(library, memory, weights).pack(kind, List.of(new Rows("w", 0, 70)),
          new Columns(0, 96), block);
      MessageDigest digest = Sha256.digest();
      for (MemorySegment part : matrix.parts()) {
        digest.update(part.asByteBuffer());
      }
      assertThat(HexFormat.of().formatHex(digest.digest())).isEqualTo(hash);
    }
  }
}
