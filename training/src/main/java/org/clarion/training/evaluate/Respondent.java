package org.clarion.training.evaluate;

import java.util.List;

/** A model that answers questions about pictures, always greedily. To be used by one thread. */
public interface Respondent extends AutoCloseable {
  /** Its name in reports. */
  String name();

  /** How many questions it likes to be asked at a time, at least 1. */
  int batch();

  /**
   * Answers some questions.
   *
   * @param queries
   *          at most {@link #batch()}
   * @return as many replies, in the same order
   */
  List<Reply> ask(List<Query> queries) throws InterruptedException;

  @Override
  void close();
}
