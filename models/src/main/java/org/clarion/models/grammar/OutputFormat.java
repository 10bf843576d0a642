package org.clarion.models.grammar;

import java.util.List;

/**
 * What an answer has to look like, as the client said it. Not yet known to be usable: {@link Grammar#compile} tells.
 */
public sealed interface OutputFormat {
  /** How the format is named between processes: json, json_schema, sections or regex. */
  String kind();

  /** What has to be told beside the kind. */
  List<String> texts();

  /**
   * The format of a kind.
   *
   * @throws FormatException
   *           when there is no such kind or it has other texts
   */
  static OutputFormat of(String kind, List<String> texts) {
    if (kind.equals("sections")) {
      return new Sections(texts);
    }
    int count = kind.equals("json") ? 0 : 1;
    if (texts.size() == count) {
      switch (kind) {
        case "json" -> {
          return new AnyJson();
        }
        case "json_schema" -> {
          return new JsonSchema(texts.getFirst());
        }
        case "regex" -> {
          return new Regex(texts.getFirst());
        }
        default -> {
          // Refused below.
        }
      }
    }
    throw new FormatException(FormatException.Code.INVALID,
        "there is no format '" + FormatException.shortened(kind) + "' of " + texts.size() + " texts");
  }

  /** A JSON object of any content. */
  record AnyJson() implements OutputFormat {
    @Override
    public String kind() {
      return "json";
    }

    @Override
    public List<String> texts() {
      return List.of();
    }
  }

  /**
   * JSON that a schema accepts.
   *
   * @param schema
   *          the schema's text
   */
  record JsonSchema(String schema) implements OutputFormat {
    @Override
    public String kind() {
      return "json_schema";
    }

    @Override
    public List<String> texts() {
      return List.of(schema);
    }
  }

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

    @Override
    public String kind() {
      return "sections";
    }

    @Override
    public List<String> texts() {
      return titles;
    }
  }

  /**
   * Text that a regular expression matches as a whole.
   *
   * @param pattern
   *          in the subset that {@link Grammar} documents
   */
  record Regex(String pattern) implements OutputFormat {
    @Override
    public String kind() {
      return "regex";
    }

    @Override
    public List<String> texts() {
      return List.of(pattern);
    }
  }
}
