package org.clarion.models.manifest;

/** A manifest or a model's folder that cannot be used; the message names the file, the key and the bad value. */
public final class ManifestException extends RuntimeException {
  private final String code;

  /**
   * Refuses a manifest or a folder.
   *
   * @param code
   *          stable, for programs: {@code manifest_invalid}, {@code model_unknown}, {@code model_missing},
   *          {@code model_size}, {@code model_hash}, {@code model_unreadable}
   */
  public ManifestException(String code, String message) {
    super(message);
    this.code = code;
  }

  public ManifestException(String code, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  public String code() {
    return code;
  }
}
