package org.clarion.models.tokenizer;

import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A SentencePiece {@code tokenizer.model}: the few fields of its protocol buffer that a BPE vocabulary of the LLaMA
 * kind needs, given under the keys that GGUF uses for the same lists. Unigram models, normalisers and vocabularies
 * without a dummy prefix are refused by name.
 */
final class SentencePieceFile {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;
  private static final long BPE = 2;

  private final String name;
  private final List<String> tokens = new ArrayList<>();
  private final List<Float> scores = new ArrayList<>();
  private final List<Long> types = new ArrayList<>();
  private long modelType = 1;
  private long unknown;
  private long bos = 1;
  private boolean dummyPrefix = true;
  private boolean joinsSpaces = true;
  private boolean charsMapped;

  private SentencePieceFile(String name) {
    this.name = name;
  }

  /**
   * Reads the file.
   *
   * @throws TokenizerException
   *           when it is no such file or of a kind that is not supported
   */
  static Map<String, Object> metadata(Path path) {
    SentencePieceFile file = new SentencePieceFile(path.toString());
    try {
      file.model(ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN));
    } catch (IOException e) {
      throw new TokenizerException(path + ": cannot be read: " + e.getMessage(), e);
    } catch (BufferUnderflowException e) {
      throw new TokenizerException(path + ": is no SentencePiece model, or ends early", e);
    }
    return file.metadata();
  }

  private Map<String, Object> metadata() {
    refuse(tokens.isEmpty(), "has no pieces");
    refuse(modelType != BPE, "is of model type " + modelType + "; only BPE (2) is supported");
    refuse(!dummyPrefix, "has add_dummy_prefix false, which is not supported");
    refuse(joinsSpaces, "has remove_extra_whitespaces true, which is not supported");
    refuse(charsMapped, "has a character normaliser, which is not supported");
    Map<String, Object> metadata = new HashMap<>();
    metadata.put("tokenizer.ggml.model", "llama");
    metadata.put("tokenizer.ggml.tokens", tokens);
    metadata.put("tokenizer.ggml.scores", scores);
    metadata.put("tokenizer.ggml.token_type", types);
    metadata.put("tokenizer.ggml.unknown_token_id", unknown);
    metadata.put("tokenizer.ggml.bos_token_id", bos);
    return metadata;
  }

  private void model(ByteBuffer in) {
    while (in.hasRemaining()) {
      long tag = varint(in);
      switch (field(tag)) {
        case 1 -> piece(message(in, tag));
        case 2 -> trainer(message(in, tag));
        case 3 -> normalizer(message(in, tag));
        default -> skip(in, tag);
      }
    }
  }

  private void piece(ByteBuffer in) {
    String piece = "";
    float score = 0;
    long type = 1;
    while (in.hasRemaining()) {
      long tag = varint(in);
      switch (field(tag)) {
        case 1 -> piece = StandardCharsets.UTF_8.decode(message(in, tag)).toString();
        case 2 -> {
          refuse(kind(tag) != FIXED32, "has a score that is no float");
          score = in.getFloat();
        }
        case 3 -> type = number(in, tag);
        default -> skip(in, tag);
      }
    }
    tokens.add(piece);
    scores.add(score);
    types.add(type);
  }

  private void trainer(ByteBuffer in) {
    while (in.hasRemaining()) {
      long tag = varint(in);
      switch (field(tag)) {
        case 3 -> modelType = number(in, tag);
        case 40 -> unknown = number(in, tag);
        case 41 -> bos = number(in, tag);
        default -> skip(in, tag);
      }
    }
  }

  private void normalizer(ByteBuffer in) {
    while (in.hasRemaining()) {
      long tag = varint(in);
      switch (field(tag)) {
        case 2 -> charsMapped = message(in, tag).hasRemaining();
        case 3 -> dummyPrefix = number(in, tag) != 0;
        case 4 -> joinsSpaces = number(in, tag) != 0;
        default -> skip(in, tag);
      }
    }
  }

  private ByteBuffer message(ByteBuffer in, long tag) {
    refuse(kind(tag) != BYTES, "has field " + field(tag) + " in a form that no SentencePiece model has");
    long length = varint(in);
    if (length < 0 || length > in.remaining()) {
      throw new BufferUnderflowException();
    }
    ByteBuffer part = in.slice(in.position(), (int) length).order(ByteOrder.LITTLE_ENDIAN);
    in.position(in.position() + (int) length);
    return part;
  }

  private long number(ByteBuffer in, long tag) {
    refuse(kind(tag) != VARINT, "has field " + field(tag) + " in a form that no SentencePiece model has");
    return varint(in);
  }

  private void skip(ByteBuffer in, long tag) {
    switch (kind(tag)) {
      case VARINT -> varint(in);
      case FIXED64 -> in.getLong();
      case FIXED32 -> in.getInt();
      default -> message(in, tag);
    }
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte part = in.get();
      value |= (long) (part & 0x7F) << shift;
      if (part >= 0) {
        return value;
      }
    }
    throw new BufferUnderflowException();
  }

  private static int field(long tag) {
    return (int) (tag >>> 3);
  }

  private static int kind(long tag) {
    return (int) tag & 7;
  }

  private void refuse(boolean condition, String reason) {
    if (condition) {
      throw new TokenizerException(name + ": " + reason);
    }
  }
}
