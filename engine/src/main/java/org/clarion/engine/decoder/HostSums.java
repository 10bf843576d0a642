package org.clarion.engine.decoder;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.clarion.engine.collective.Collective;
import org.clarion.engine.script.ScriptModule;
import org.jspecify.annotations.Nullable;

/** Partial sums in memory of the host, which the program fills and reads, and a collective adds. */
final class HostSums implements PartialSums {
  private static final int FEWEST_ROWS = 64;

  private final ScriptModule module;
  private final Collective collective;
  private final int hidden;
  private @Nullable Memory memory;
  private int rows;

  HostSums(ScriptModule module, Collective collective, int hidden) {
    this.module = module;
    this.collective = collective;
    this.hidden = hidden;
  }

  @Override
  public void open(int wanted) {
    rows = wanted;
    Memory current = memory;
    if (current != null && current.rows >= wanted) {
      return;
    }
    Memory larger = new Memory(module, Math.max(wanted, current == null ? FEWEST_ROWS : 2 * current.rows), hidden);
    module.run("set_exchange", larger.sumsTensor, larger.peaksTensor);
    if (current != null) {
      current.close();
    }
    memory = larger;
  }

  @Override
  public void largest() {
    collective.allReduceMax(part(opened().peaks, rows));
  }

  @Override
  public void add() {
    collective.allReduce(part(opened().sums, rows * hidden));
  }

  @Override
  public void await() {
    // Every call has ended when it returns.
  }

  private Memory opened() {
    if (memory == null) {
      throw new IllegalStateException("no step has been opened");
    }
    return memory;
  }

  private static FloatBuffer part(ByteBuffer buffer, int values) {
    return buffer.duplicate().order(ByteOrder.nativeOrder()).asFloatBuffer().limit(values);
  }

  @Override
  public void close() {
    if (memory != null) {
      memory.close();
      memory = null;
    }
  }

  private static final class Memory {
    private final int rows;
    private final ByteBuffer sums;
    private final ByteBuffer peaks;
    private final PtNDArray sumsTensor;
    private final PtNDArray peaksTensor;

    Memory(ScriptModule module, int rows, int hidden) {
      this.rows = rows;
      this.sums = direct(Math.multiplyExact(rows, hidden));
      this.peaks = direct(rows);
      this.sumsTensor = module.view(sums, DataType.FLOAT32, rows, hidden);
      this.peaksTensor = module.view(peaks, DataType.FLOAT32, rows);
    }

    private static ByteBuffer direct(int values) {
      return ByteBuffer.allocateDirect(Math.multiplyExact(values, Float.BYTES)).order(ByteOrder.nativeOrder());
    }

    void close() {
      sumsTensor.close();
      peaksTensor.close();
    }
  }
}
