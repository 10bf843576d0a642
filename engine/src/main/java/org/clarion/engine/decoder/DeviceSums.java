package org.clarion.engine.decoder;

import ai.djl.pytorch.engine.PtNDArray;
import java.util.function.Supplier;
import org.clarion.engine.collective.DeviceExchange;
import org.clarion.engine.script.ScriptModule;
import org.jspecify.annotations.Nullable;

/**
 * Partial sums that stay in the device's memory: the program's tensors, added in place by the device's group behind
 * what the program computes, see {@link DeviceExchange}. Untested on a GPU.
 */
final class DeviceSums implements PartialSums {
  private static final int FEWEST_ROWS = 64;

  private final ScriptModule module;
  private final Supplier<DeviceExchange> group;
  private final int hidden;
  private @Nullable Memory memory;
  private int rows;

  /** Tensors whose memory the group reads and writes, and the addresses of it. */
  private record Memory(int rows, PtNDArray sums, PtNDArray peaks, long sumsAddress, long peaksAddress) {
    void close() {
      sums.close();
      peaks.close();
    }
  }

  /**
   * Sums over a group.
   *
   * @param group
   *          the present one: every opening of a replica forms another
   */
  DeviceSums(ScriptModule module, Supplier<DeviceExchange> group, int hidden) {
    this.module = module;
    this.group = group;
    this.hidden = hidden;
  }

  @Override
  public void open(int wanted) {
    rows = wanted;
    Memory current = memory;
    if (current == null || current.rows < wanted) {
      // Work on the old memory has ended: every step waits for its sums.
      int larger = Math.max(wanted, current == null ? FEWEST_ROWS : 2 * current.rows);
      module.run("make_exchange", larger);
      PtNDArray sums = module.call("exchanged");
      PtNDArray peaks = module.call("exchanged_peaks");
      memory = new Memory(larger, sums, peaks, module.address(sums), module.address(peaks));
      if (current != null) {
        current.close();
      }
    }
  }

  @Override
  public void largest() {
    group.get().largest(opened().peaksAddress, rows);
  }

  @Override
  public void add() {
    group.get().add(opened().sumsAddress, (long) rows * hidden);
  }

  @Override
  public void await() {
    group.get().await();
  }

  private Memory opened() {
    if (memory == null) {
      throw new IllegalStateException("no step has been opened");
    }
    return memory;
  }

  @Override
  public void close() {
    if (memory != null) {
      memory.close();
      memory = null;
    }
  }
}
