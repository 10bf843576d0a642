package org.clarion.models.grammar;

import java.util.List;

/**
 * What an answer has to look like, as the client said it. Not yet known to be usable: {@link Grammar#compile} tells.
 */
public sealed interface OutputFormat {
  /** A JSON object of any content. */
  record AnyJson() implements OutputFormat {}

  /**
   * JSON that a schema accepts.
   *
   * @param schema
   *          the schema's text
   */
  record JsonSchema(String schema) implements OutputFormat {}

  /**
   * Report sections: each title on a new line with a colon, in this order, and text under it.
   *
   * @param titles
   *          as they are written
   */
  record Sections(List<String> titles) implements OutputFormat {
    public Sections {
      titles = List.copyOf(titles);
    }
  }

  /**
   * Text that a regular expression matches as a whole.
   *
   * @param pattern
   *          in the subset that {@link Grammar} documents
   */
  record Regex(String pattern) implements OutputFormat {}
}
