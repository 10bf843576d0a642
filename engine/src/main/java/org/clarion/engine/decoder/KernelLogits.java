package org.clarion.engine.decoder;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.clarion.engine.kernel.KernelTeam;

/** Logits in a head's memory, which the next step overwrites. */
final class KernelLogits implements StepLogits {
  private final KernelTeam team;
  private final KernelHead head;
  private final int rows;
  private final int vocabulary;
  private boolean closed;

  KernelLogits(KernelTeam team, KernelHead head, int rows, int vocabulary) {
    this.team = team;
    this.head = head;
    this.rows = rows;
    this.vocabulary = vocabulary;
  }

  @Override
  public int rows() {
    return rows;
  }

  @Override
  public int[] argmax() {
    checkOpen();
    if (rows == 0) {
      return new int[0];
    }
    team.run(head.best(), head.numbers().rows(rows));
    return head.ids().asSlice(0, (long) rows * Integer.BYTES).toArray(JAVA_INT);
  }

  @Override
  public float[] row(int index) {
    checkOpen();
    Objects.checkIndex(index, rows);
    MemorySegment row = head.all().asSlice((long) index * vocabulary * Float.BYTES, (long) vocabulary * Float.BYTES);
    return row.toArray(JAVA_FLOAT);
  }

  @Override
  public float[] logProbabilities(int[] tokens) {
    checkOpen();
    if (tokens.length != rows) {
      throw new IllegalArgumentException(tokens.length + " tokens for " + rows + " rows of logits");
    }
    if (rows == 0) {
      return new float[0];
    }
    team.run(head.mass(), head.numbers().rows(rows));
    float[] probabilities = new float[rows];
    for (int i = 0; i < rows; i++) {
      float logit = head.all().getAtIndex(JAVA_FLOAT, (long) i * vocabulary + Objects.checkIndex(tokens[i],
          vocabulary));
      probabilities[i] = logit - head.masses().getAtIndex(JAVA_FLOAT, i);
    }
    return probabilities;
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("the logits are closed");
    }
  }

  @Override
  public void close() {
    closed = true;
  }
}
