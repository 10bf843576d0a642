package org.clarion.engine.parity;

/** Outcome of one set. */
public enum ParityStatus {
  /** Everything within its tolerance. */
  PASS,
  /** Something outside its tolerance, or an error; the note says what. */
  FAIL,
  /** This build does not implement what the set is about; the note says what. */
  UNSUPPORTED,
  /** The fixture files are not there. */
  MISSING
}
