package org.clarion.engine.decoder;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.clarion.engine.kernel.Activations;
import org.clarion.engine.kernel.KernelLibrary;
import org.clarion.engine.kernel.KernelMemory;
import org.clarion.engine.kernel.KernelProgram;
import org.clarion.engine.kernel.KernelProgram.Output;
import org.clarion.engine.kernel.KernelProgram.Target;
import org.clarion.engine.kernel.StepNumbers;
import org.clarion.engine.kernel.Tiling;

/**
 * From the residual stream to logits, for as many rows as one step wants logits of: a program of its own, because those
 * rows may come from several passes.
 *
 * @param x
 *          float32 [rows, hidden], to be filled
 * @param logits
 *          float32 [rows, this rank's vocabulary]
 * @param all
 *          float32 [rows, vocabulary]: the same memory where there is one rank, and on other ranks than 0
 * @param compute
 *          x to logits
 * @param best
 *          all to ids, int32 [rows]
 * @param mass
 *          all to logarithms of sums, float32 [rows]
 */
record KernelHead(int rows, KernelMemory memory, Arena arena, StepNumbers numbers, MemorySegment x,
    MemorySegment logits, MemorySegment all, MemorySegment ids, MemorySegment masses, KernelProgram.Part compute,
    KernelProgram.Part best, KernelProgram.Part mass) implements AutoCloseable {

  /** A head for at most that many rows. */
  static KernelHead of(KernelWeights weights, int rows, int vocabulary, boolean gathers, KernelLibrary library,
      Tiling tiling) {
    int hidden = weights.head().inputs();
    int width = weights.head().outputs();
    KernelMemory memory = new KernelMemory(library);
    Arena arena = Arena.ofShared();
    MemorySegment x = memory.allocate((long) rows * hidden * Float.BYTES);
    MemorySegment logits = memory.allocate((long) rows * width * Float.BYTES);
    MemorySegment all = gathers ? memory.allocate((long) rows * vocabulary * Float.BYTES) : logits;
    MemorySegment ids = memory.allocate((long) rows * Integer.BYTES);
    MemorySegment masses = memory.allocate((long) rows * Float.BYTES);
    Activations normed = Activations.allocate(memory, weights.head().kind().activations(), hidden,
        weights.head().block(), rows);
    KernelProgram program = new KernelProgram(arena, 4, tiling);
    program.norm(weights.finalNorm(), x, normed);
    program.linear(weights.head(), normed, Target.of(Output.STORE, logits, width));
    KernelProgram.Part compute = program.cut();
    program.best(all, vocabulary, ids);
    KernelProgram.Part best = program.cut();
    program.mass(all, vocabulary, masses);
    return new KernelHead(rows, memory, arena, new StepNumbers(arena, rows), x, logits, all, ids, masses, compute, best,
        program.cut());
  }

  @Override
  public void close() {
    memory.close();
    arena.close();
  }
}
