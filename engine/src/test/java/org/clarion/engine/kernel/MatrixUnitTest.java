package org.clarion.engine.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.clarion.engine.kernel.KernelProgram.Output;
import org.clarion.engine.kernel.KernelProgram.Target;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products by the processor's matrix unit against those by vectors. */
class MatrixUnitTest {
  private static final int MOST_ROWS = 70;
  /** Of one layer, taken in pieces. */
  private static final int MOST_OPERATIONS = 4;

  @BeforeEach
  void matrixUnit() {
    assumeTrue(KernelLibrary.host().filter(KernelLibrary::hasMatrixUnit).isPresent(), "no matrix unit on this host");
  }

  private static KernelLibrary library() {
    return KernelLibrary.host().orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({"64,64", "16,128", "48,64", "160,576", "320,192", "1008,2048"})
  void sumsOfBytesAreThoseOfVectors(int outputs, int inputs) {
    try (Layer layer = new Layer(ElementKind.INT8, outputs, inputs)) {
      for (int rows : new int[]{1, 2, 16, 17, 31, 32, 33, 48, MOST_ROWS}) {
        for (Output output : Output.values()) {
          if (output == Output.SWIGLU && outputs % 32 != 0) {
            continue; // gates come in panels of 32
          }
          assertThat(layer.run(Tiling.MATRIX, rows, output)).as("%d rows, %s", rows, output)
              .isEqualTo(layer.run(Tiling.WIDE, rows, output));
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"64,32", "16,128", "48,96", "160,576", "1008,2048", "48,4640"})
  void rowsOfBfloat16DoNotDependOnEachOther(int outputs, int inputs) {
    try (Layer layer = new Layer(ElementKind.BFLOAT16, outputs, inputs)) {
      int[] vectors = layer.run(Tiling.WIDE, MOST_ROWS, Output.STORE);
      int[] all = layer.run(Tiling.MATRIX, MOST_ROWS, Output.STORE);
      for (int i = 0; i < all.length; i++) {
        assertThat(Float.intBitsToFloat(all[i])).isCloseTo(Float.intBitsToFloat(vectors[i]), within(1e-2f));
      }
      for (int rows : new int[]{1, 5, 16, 31, 33}) {
        assertThat(layer.run(Tiling.MATRIX, rows, Output.STORE)).as("%d rows", rows)
            .isEqualTo(Arrays.copyOf(all, rows * outputs));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"48,96", "160,576"})
  void geluAsBfloat16IsGeluRounded(int outputs, int inputs) {
    try (Layer layer = new Layer(ElementKind.BFLOAT16, outputs, inputs)) {
      int[] exact = layer.run(Tiling.MATRIX, MOST_ROWS, Output.GELU);
      int[] pairs = layer.run(Tiling.MATRIX, MOST_ROWS, Output.GELU_BFLOAT16);
      for (int i = 0; i < exact.length; i++) {
        int half = (pairs[i / 2] >>> (16 * (i % 2))) & 0xffff;
        int rounded = (exact[i] + 0x7fff + ((exact[i] >>> 16) & 1)) >>> 16;
        assertThat(half).as("result %d", i).isEqualTo(rounded);
      }
    }
  }

  /** One linear layer with numbers from a seed. */
  private static final class Layer implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final KernelMemory memory = new KernelMemory(library());
    private final KernelTeam team = new KernelTeam(library(), 2, MOST_OPERATIONS);
    private final PackedMatrix weights;
    private final Activations inputs;

    Layer(ElementKind kind, int outputs, int columns) {
      RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
      weights = new PackedMatrix(memory, kind, outputs, columns, 0);
      inputs = Activations.allocate(memory, kind.activations(), columns, 0, MOST_ROWS);
      boolean bytes = kind == ElementKind.INT8;
      fill(weights.data(), (long) outputs * columns, bytes, random);
      fill(inputs.data(), (long) MOST_ROWS * columns, bytes, random);
      for (int i = 0; bytes && i < outputs; i++) {
        weights.factors().setAtIndex(JAVA_FLOAT, i, random.nextFloat());
      }
      for (int i = 0; bytes && i < MOST_ROWS; i++) {
        inputs.factors().setAtIndex(JAVA_FLOAT, i, random.nextFloat());
      }
    }

    private static void fill(MemorySegment data, long count, boolean bytes, RandomGenerator random) {
      for (long i = 0; i < count; i++) {
        if (bytes) {
          data.set(JAVA_BYTE, i, (byte) random.nextInt(256));
        } else {
          data.setAtIndex(JAVA_SHORT, i, (short) (Float.floatToIntBits(random.nextFloat() - 0.5f) >>> 16));
        }
      }
    }

    /** The results' bits. */
    int[] run(int tile, int rows, Output output) {
      MemorySegment out = arena.allocate((long) rows * weights.outputs() * Float.BYTES, 64);
      KernelProgram program = new KernelProgram(arena, MOST_OPERATIONS, Tiling.fixed(tile));
      int width = output == Output.SWIGLU ? weights.outputs() / 2 : weights.outputs();
      program.linear(weights, inputs, Target.of(output, out, width));
      team.run(program.cut(), new StepNumbers(arena, rows).rows(rows));
      return out.toArray(JAVA_INT);
    }

    @Override
    public void close() {
      // A helper of the team may still look at the last program: the team goes first.
      team.close();
      memory.close();
      arena.close();
    }
  }
}
