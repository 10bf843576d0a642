package org.clarion.models.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.clarion.models.checkpoint.CheckpointException;
import org.clarion.models.checkpoint.GgufFile;

/** Opens vocabularies. Nothing is downloaded and no text is written to disk. */
public final class Tokenizers {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Tokenizers() {}

  /**
   * A vocabulary by the kind of its file: {@code .gguf}, {@code .model} (SentencePiece), else a tokenizer.json.
   *
   * @throws TokenizerException
   *           when the file is missing or cannot be used
   */
  public static Tokenizer fromFile(Path file) {
    return JsonTokenizer.of(file.toString(), read(file));
  }

  /**
   * The bytes of a vocabulary's tokens alone, by the kind of its file; much less work than opening it.
   *
   * @throws TokenizerException
   *           when the file is missing or cannot be used
   */
  public static TokenTable tableFromFile(Path file) {
    return table(file.toString(), read(file));
  }

  private static JsonNode read(Path file) {
    String name = file.toString();
    if (name.endsWith(".gguf")) {
      return gguf(file);
    }
    return name.endsWith(".model") ? sentencePiece(file) : json(file);
  }

  /**
   * Reads a {@code tokenizer.model} of the LLaMA kind (BPE with byte fallback, no normaliser).
   *
   * @throws TokenizerException
   *           when the file is missing or of another kind
   */
  public static Tokenizer fromSentencePiece(Path file) {
    return JsonTokenizer.of(file.toString(), sentencePiece(file));
  }

  private static JsonNode sentencePiece(Path file) {
    return GgufVocabulary.toJson(file.toString(), SentencePieceFile.metadata(file));
  }

  /**
   * Reads a tokenizer.json (byte-level BPE, or SentencePiece BPE with byte fallback).
   *
   * @throws TokenizerException
   *           when the file is missing or cannot be used
   */
  public static Tokenizer fromJson(Path file) {
    return JsonTokenizer.of(file.toString(), json(file));
  }

  private static JsonNode json(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return json(in, file.toString());
    } catch (IOException e) {
      throw new TokenizerException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * Builds a vocabulary from a GGUF file's metadata.
   *
   * @throws TokenizerException
   *           when the file is missing or its kind of vocabulary is not supported
   */
  public static Tokenizer fromGguf(Path file) {
    return JsonTokenizer.of(file.toString(), gguf(file));
  }

  private static JsonNode gguf(Path file) {
    try (GgufFile gguf = GgufFile.open(file)) {
      return GgufVocabulary.toJson(file.toString(), gguf.metadata());
    } catch (CheckpointException e) {
      throw new TokenizerException("the GGUF file is refused: " + e.getMessage(), e);
    }
  }

  /**
   * Reads a tokenizer.json that the jar carries.
   *
   * @param in
   *          stays the caller's to close
   * @param name
   *          what to call it in messages
   * @throws TokenizerException
   *           when it cannot be read
   */
  public static Tokenizer fromJson(InputStream in, String name) {
    return JsonTokenizer.of(name, json(in, name));
  }

  /**
   * The bytes of the tokens of a tokenizer.json that the jar carries.
   *
   * @param in
   *          stays the caller's to close
   * @param name
   *          what to call it in messages
   * @throws TokenizerException
   *           when it cannot be read
   */
  public static TokenTable tableFromJson(InputStream in, String name) {
    return table(name, json(in, name));
  }

  private static TokenTable table(String name, JsonNode json) {
    if (json instanceof ObjectNode object) {
      return VocabularyEntries.of(name, object).bytes();
    }
    throw new TokenizerException(name + ": a tokenizer.json is an object");
  }

  private static JsonNode json(InputStream in, String name) {
    try {
      return JSON.readTree(in);
    } catch (IOException e) {
      throw new TokenizerException(name + ": cannot be read: " + e.getMessage(), e);
    }
  }
}
