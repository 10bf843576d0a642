package org.clarion.models.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads JSON that may be hostile: bounded in size and depth, no key twice. */
final class JsonFiles {
  /** Indexes of the largest models have 10 MB; a parsed tree can take 20 times its text. */
  static final int MAX_BYTES = 16 << 20;
  private static final JsonFactory FACTORY = JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
      .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(16).maxDocumentLength(MAX_BYTES)
          .maxStringLength(1 << 20).maxNameLength(65_535).maxNumberLength(32).build())
      .build();
  private static final ObjectMapper MAPPER = new ObjectMapper(FACTORY)
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private JsonFiles() {}

  /**
   * Reads a whole file as one JSON object.
   *
   * @param missing
   *          code when there is no such file
   */
  static JsonNode read(Path file, String missing) {
    String label = String.valueOf(file.getFileName());
    try {
      long size = Files.size(file);
      if (size > MAX_BYTES) {
        throw new CheckpointException("checkpoint_malformed", label + " has " + size + " bytes, limit " + MAX_BYTES);
      }
      return parse(label, Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      throw new CheckpointException(missing, "there is no " + label + " beside the weights", e);
    } catch (IOException e) {
      throw new CheckpointException("checkpoint_unreadable", label + " cannot be read: " + e.getClass().getSimpleName(),
          e);
    }
  }

  static JsonNode parse(String label, byte[] bytes) {
    try {
      JsonNode node = MAPPER.readTree(bytes);
      if (node == null || !node.isObject()) {
        throw new CheckpointException("checkpoint_malformed", label + " is not a JSON object");
      }
      return node;
    } catch (JsonProcessingException e) {
      throw malformed(label, e);
    } catch (IOException e) {
      throw new CheckpointException("checkpoint_malformed", label + " is not JSON", e);
    }
  }

  private static CheckpointException malformed(String label, JsonProcessingException e) {
    String where = e.getLocation() == null ? "" : " at byte " + e.getLocation().getByteOffset();
    return new CheckpointException("checkpoint_malformed", label + where + ": " + e.getOriginalMessage(), e);
  }
}
