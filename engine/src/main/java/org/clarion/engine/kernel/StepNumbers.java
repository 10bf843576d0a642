package org.clarion.engine.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;

/**
 * The numbers of one pass over a program, as {@code step_t} of {@code clarion.h} lays them out: which tokens stand
 * where and what they attend to. To be filled between runs.
 */
public final class StepNumbers {
  private static final MemoryLayout LAYOUT = MemoryLayout.structLayout(JAVA_INT.withName("rows"),
      JAVA_INT.withName("tasks"),
      ADDRESS.withName("tokens"), ADDRESS.withName("positions"), ADDRESS.withName("places"), ADDRESS.withName("task"));
  private static final int TASK = 4;

  private final int capacity;
  private final MemorySegment memory;
  private final MemorySegment tokens;
  private final MemorySegment positions;
  private final MemorySegment places;
  private final MemorySegment tasks;
  private int rows;
  private int taskCount;

  /**
   * Room for a pass.
   *
   * @param arena
   *          owns the memory
   * @param capacity
   *          most rows of a pass
   */
  public StepNumbers(Arena arena, int capacity) {
    this.capacity = capacity;
    this.memory = arena.allocate(LAYOUT);
    this.tokens = array(arena, "tokens", capacity);
    this.positions = array(arena, "positions", capacity);
    this.places = array(arena, "places", capacity);
    this.tasks = array(arena, "task", TASK * capacity);
  }

  private MemorySegment array(Arena arena, String field, int length) {
    MemorySegment array = arena.allocate(JAVA_INT, length);
    memory.set(ADDRESS, LAYOUT.byteOffset(PathElement.groupElement(field)), array);
    return array;
  }

  /** Empty again. */
  public StepNumbers clear() {
    rows = 0;
    taskCount = 0;
    return this;
  }

  /** Rows without tokens: for programs that neither embed nor attend. */
  public StepNumbers rows(int count) {
    clear();
    rows = count;
    return this;
  }

  /** Appends a row and returns its number. */
  public int add(int token, int position, int place) {
    if (rows == capacity) {
      throw new IllegalStateException("a pass has at most " + capacity + " rows");
    }
    tokens.setAtIndex(JAVA_INT, rows, token);
    positions.setAtIndex(JAVA_INT, rows, position);
    places.setAtIndex(JAVA_INT, rows, place);
    return rows++;
  }

  /**
   * Lets consecutive rows of one sequence attend to its positions.
   *
   * @param position
   *          of the first of the rows
   * @param extent
   *          place of the sequence's position 0
   */
  public void attend(int first, int count, int position, int extent) {
    int[] task = {first, count, position, extent};
    MemorySegment.copy(task, 0, tasks, JAVA_INT, (long) TASK * taskCount++ * Integer.BYTES, TASK);
  }

  /** Number of rows. */
  public int rows() {
    return rows;
  }

  MemorySegment memory() {
    memory.setAtIndex(JAVA_INT, 0, rows);
    memory.setAtIndex(JAVA_INT, 1, taskCount);
    return memory;
  }
}
