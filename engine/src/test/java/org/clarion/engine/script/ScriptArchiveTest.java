package org.clarion.engine.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;

class ScriptArchiveTest {
  private static final String PROGRAM = "class Some(Module):\n  pass\n";

  @Test
  void holdsTheTextAndAnObjectOfItsClass() throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(ScriptArchive.pack(PROGRAM)))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        entries.put(entry.getName(), zip.readAllBytes());
      }
    }
    assertThat(entries).containsOnlyKeys("archive/data.pkl", "archive/code/__torch__.py", "archive/constants.pkl",
        "archive/version");
    assertThat(entries.get("archive/code/__torch__.py")).isEqualTo(PROGRAM.getBytes(StandardCharsets.UTF_8));
    assertThat(new String(entries.get("archive/data.pkl"), StandardCharsets.ISO_8859_1))
        .isEqualTo("\u0080\u0002c__torch__\nSome\n)\u0081K\u0000b.");
  }

  @Test
  void isAFunctionOfTheText() {
    assertThat(ScriptArchive.pack(PROGRAM)).isEqualTo(ScriptArchive.pack(PROGRAM));
  }

  @Test
  void refusesATextWithoutAClass() {
    assertThatThrownBy(() -> ScriptArchive.pack("def f(): pass")).isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("class X(Module):");
  }
}
