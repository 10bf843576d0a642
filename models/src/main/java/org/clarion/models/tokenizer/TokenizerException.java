package org.clarion.models.tokenizer;

/** A vocabulary that cannot be used; the message names the file and the reason. */
public final class TokenizerException extends RuntimeException {
  public TokenizerException(String message) {
    super(message);
  }

  public TokenizerException(String message, Throwable cause) {
    super(message, cause);
  }
}
