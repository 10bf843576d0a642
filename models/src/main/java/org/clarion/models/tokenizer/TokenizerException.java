package org.clarion.models.tokenizer;

import org.jspecify.annotations.Nullable;

/** A vocabulary that cannot be used; the message names the file and the reason. */
public final class TokenizerException extends RuntimeException {
  public TokenizerException(String message) {
    super(message);
  }

  /** Keeps the cause. */
  public TokenizerException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
