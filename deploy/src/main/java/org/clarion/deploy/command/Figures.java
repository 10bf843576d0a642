package org.clarion.deploy.command;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.clarion.deploy.terminal.Screen;
import org.jspecify.annotations.Nullable;

/** What {@code --json} means to every command that has it. */
final class Figures {
  private Figures() {}

  /**
   * Prints a table, and writes the same figures where they are wanted.
   *
   * @param json
   *          file for the figures; {@code -} to print them instead of the table, null for the table alone
   */
  static void print(Screen screen, @Nullable String json, String table, JsonNode figures) throws IOException {
    if ("-".equals(json)) {
      screen.print(figures.toPrettyString());
      return;
    }
    screen.out().print(table);
    if (json != null) {
      Files.writeString(Path.of(json), figures.toPrettyString() + "\n");
    }
  }
}
