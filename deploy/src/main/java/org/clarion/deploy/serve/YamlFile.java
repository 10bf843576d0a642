package org.clarion.deploy.serve;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Configuration files: one YAML mapping each. */
public final class YamlFile {
  private static final YAMLMapper MAPPER = YAMLMapper.builder().disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
      .build();
  private static final long MAX_BYTES = 1 << 20;

  private YamlFile() {}

  /**
   * Reads a file.
   *
   * @throws IllegalArgumentException
   *           when it is no YAML mapping; names the file and the line
   */
  public static Map<String, Object> read(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(file + " is not a file");
    }
    if (Files.size(file) > MAX_BYTES) {
      throw new IllegalArgumentException(file + " has " + Files.size(file) + " bytes, the limit is " + MAX_BYTES);
    }
    try {
      Map<String, Object> values = MAPPER.readValue(file.toFile(), new TypeReference<LinkedHashMap<String, Object>>() {
      });
      if (values == null) {
        throw new IllegalArgumentException(file + " is empty");
      }
      return values;
    } catch (JsonProcessingException e) {
      // The parser's own message may quote a secret; the place is enough.
      throw new IllegalArgumentException(file + " is no YAML mapping, near line " + (e.getLocation() == null
          ? 1
          : e.getLocation().getLineNr()), e);
    }
  }

  /** Writes a file that {@link #read} gives back. */
  public static void write(Path file, Map<String, ?> values) throws IOException {
    MAPPER.writeValue(file.toFile(), values);
  }
}
