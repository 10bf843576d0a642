package org.clarion.models.grammar;

/** A format that cannot be enforced; the message names place, keyword and reason or limit. */
public final class FormatException extends RuntimeException {
  private final Code code;

  /** Why a format is refused. */
  public enum Code {
    /** It is not what it claims to be. */
    INVALID("invalid_schema"),
    /** It says something that is not enforced here. */
    UNSUPPORTED("unsupported_schema"),
    /** It exceeds a limit. */
    TOO_LARGE("schema_too_large"),
    /** No answer has this format. */
    UNSATISFIABLE("unsatisfiable_schema");

    private final String word;

    Code(String word) {
      this.word = word;
    }

    /** Stable, for programs. */
    public String word() {
      return word;
    }
  }

  FormatException(Code code, String message) {
    super(message, null, false, false);
    this.code = code;
  }

  /** A keyword at a JSON pointer of the schema. */
  static FormatException at(Code code, String pointer, String keyword, String reason) {
    return new FormatException(code, "at '" + shortened(pointer) + "': keyword '" + shortened(keyword) + "' " + reason);
  }

  static String shortened(String text) {
    return text.length() <= 200 ? text : text.substring(0, 200) + "...";
  }

  public Code code() {
    return code;
  }

  /** The message. */
  public String reason() {
    return String.valueOf(getMessage());
  }
}
