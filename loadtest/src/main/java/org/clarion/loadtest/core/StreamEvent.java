package org.clarion.loadtest.core;

/** What one line of an event stream means to the measurement. */
public sealed interface StreamEvent {

  /** Text that a reader sees; {@code characters} is its length. */
  record Output(int characters) implements StreamEvent {}

  /** The answer's last chunk: it names why the answer ended. May carry text too. */
  record Finish(int characters) implements StreamEvent {}

  /** The server's own count, in a chunk without choices. */
  record Usage(long promptTokens, long cachedTokens, long newTokens) implements StreamEvent {}

  /** An error after the 200. */
  record Fault(String code, String message) implements StreamEvent {}

  /** {@code [DONE]}. */
  record Done() implements StreamEvent {}

  /** A comment, an event name, a chunk without text (the role). */
  record Nothing() implements StreamEvent {}

  /** Not JSON. */
  record Malformed(String reason) implements StreamEvent {}
}
