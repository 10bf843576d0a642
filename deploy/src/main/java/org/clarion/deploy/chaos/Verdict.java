package org.clarion.deploy.chaos;

/** What an answer under faults is, beside the answer to the same request without any. */
public enum Verdict {
  /** The same text to the last character. */
  WHOLE,
  /** It ended with an error, which the client was told. */
  FAILED,
  /** It ended well, but text is missing at its end. */
  LOST,
  /** It ended well, but text is there that does not belong there. */
  WRONG;

  /** Compares. */
  static Verdict of(Answer answer, String expected) {
    if (answer.failure() != null) {
      // What came before the error has to be right all the same.
      return expected.startsWith(answer.text()) ? FAILED : WRONG;
    }
    if (answer.text().equals(expected)) {
      return WHOLE;
    }
    return expected.startsWith(answer.text()) ? LOST : WRONG;
  }
}
