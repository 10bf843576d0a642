package org.clarion.llm.core;

import java.util.Arrays;

/** The tokens of one answer so far, what penalties count and drafts go on from. Not thread-safe. */
public final class AnswerTokens {
  private int[] ids;
  private int length;

  /** An answer that begins with these; copied. */
  public AnswerTokens(int... ids) {
    this.ids = Arrays.copyOf(ids, Math.max(ids.length, 16));
    length = ids.length;
  }

  public AnswerTokens copy() {
    return new AnswerTokens(Arrays.copyOf(ids, length));
  }

  public void add(int id) {
    if (length == ids.length) {
      ids = Arrays.copyOf(ids, 2 * length);
    }
    ids[length++] = id;
  }

  public int length() {
    return length;
  }

  /** Whether the last tokens are these first ones. */
  boolean endsWith(int[] tokens, int count) {
    return count <= length && Arrays.equals(ids, length - count, length, tokens, 0, count);
  }

  int id(int index) {
    return ids[index];
  }

  /** The count only: token ids are a patient's words. */
  @Override
  public String toString() {
    return "AnswerTokens[" + length + "]";
  }
}
