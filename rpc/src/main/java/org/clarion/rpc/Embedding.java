package org.clarion.rpc;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.clarion.proto.v1.EmbeddingKey;

/**
 * One image as the decoder reads it.
 *
 * @param key
 *          tenant and image hash
 * @param model
 *          id of the model whose tower and projection made it
 * @param tokens
 *          positions that it takes
 * @param hidden
 *          width of the decoder
 * @param values
 *          [tokens, hidden], row-major; owned by the embedding: not to be changed after construction
 */
public record Embedding(EmbeddingKey key, String model, int tokens, int hidden, float[] values) {
  public Embedding {
    if (tokens <= 0 || hidden <= 0 || values.length != (long) tokens * hidden) {
      throw new IllegalArgumentException(
          "an embedding of " + tokens + " x " + hidden + " does not have " + values.length + " values");
    }
  }

  /** The key of a tenant's image. */
  public static EmbeddingKey key(String tenant, byte[] imageHash) {
    return EmbeddingKey.newBuilder().setTenant(tenant).setImageHash(ByteString.copyFrom(imageHash)).build();
  }

  /** Bytes of the values. */
  public long bytes() {
    return 4L * values.length;
  }

  /** The values as little-endian float32, as they travel. */
  public byte[] payload() {
    byte[] bytes = new byte[Math.multiplyExact(values.length, 4)];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
    return bytes;
  }
}
