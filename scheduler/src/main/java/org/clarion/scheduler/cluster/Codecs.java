package org.clarion.scheduler.cluster;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.clarion.scheduler.api.GenerationRecord;
import org.clarion.scheduler.api.ImageHash;
import org.clarion.scheduler.api.ReplicaId;
import org.clarion.scheduler.api.Run;
import org.clarion.scheduler.api.SessionRecord;
import org.clarion.scheduler.api.StoredEmbedding;
import org.clarion.scheduler.api.StoredEmbedding.ElementKind;

/**
 * The plain bytes of stored values, before they are sealed. The first byte is the layout's number; token ids are
 * variable-length, seven bits to a byte, lowest first.
 */
final class Codecs {
  private static final int LAYOUT = 1;
  private static final int TOKENS = 0;
  private static final int IMAGE = 1;

  private Codecs() {}

  static byte[] session(SessionRecord session) {
    return write(out -> {
      out.writeUTF(session.model());
      out.writeInt(session.turns());
      out.writeLong(session.version());
      out.writeLong(session.lastUsed().toEpochMilli());
      out.writeInt(session.positions().size());
      for (Run run : session.positions()) {
        switch (run) {
          case Run.Tokens tokens -> {
            out.writeByte(TOKENS);
            writeTokens(out, tokens.ids());
          }
          case Run.Image image -> {
            out.writeByte(IMAGE);
            out.write(image.hash().bytes());
            out.writeInt(image.count());
          }
        }
      }
    });
  }

  static SessionRecord session(byte[] bytes) {
    return read(bytes, in -> {
      String model = in.readUTF();
      int turns = in.readInt();
      long version = in.readLong();
      Instant lastUsed = Instant.ofEpochMilli(in.readLong());
      List<Run> positions = new ArrayList<>();
      for (int runs = in.readInt(); runs > 0; runs--) {
        positions.add(readRun(in));
      }
      return new SessionRecord(model, positions, turns, version, lastUsed);
    });
  }

  private static Run readRun(DataInputStream in) throws IOException {
    int kind = in.readUnsignedByte();
    return switch (kind) {
      case TOKENS -> new Run.Tokens(readTokens(in));
      case IMAGE -> new Run.Image(ImageHash.of(in.readNBytes(ImageHash.BYTES)), in.readInt());
      default -> throw new IOException("a stored session has a run of unknown kind " + kind);
    };
  }

  static byte[] tokens(int[] ids) {
    return write(out -> writeTokens(out, ids));
  }

  static int[] tokens(byte[] bytes) {
    return read(bytes, Codecs::readTokens);
  }

  static byte[] embedding(StoredEmbedding embedding) {
    return write(out -> {
      out.writeUTF(embedding.model());
      out.writeInt(embedding.tokens());
      out.writeInt(embedding.hidden());
      out.writeUTF(embedding.kind().name());
      out.writeInt(embedding.payload().length);
      out.write(embedding.payload());
    });
  }

  static StoredEmbedding embedding(byte[] bytes) {
    return read(bytes,
        in -> new StoredEmbedding(in.readUTF(), in.readInt(), in.readInt(), ElementKind.valueOf(in.readUTF()),
            in.readNBytes(in.readInt())));
  }

  static byte[] generation(GenerationRecord generation) {
    return write(out -> {
      out.writeUTF(generation.replica().value());
      out.writeLong(generation.sessionVersion());
      out.writeLong(generation.admitted().toEpochMilli());
      out.writeInt(generation.request().length);
      out.write(generation.request());
    });
  }

  static GenerationRecord generation(byte[] bytes) {
    return read(bytes, in -> {
      ReplicaId replica = new ReplicaId(in.readUTF());
      long sessionVersion = in.readLong();
      Instant admitted = Instant.ofEpochMilli(in.readLong());
      return new GenerationRecord(in.readNBytes(in.readInt()), replica, sessionVersion, admitted);
    });
  }

  private static void writeTokens(DataOutputStream out, int[] ids) throws IOException {
    out.writeInt(ids.length);
    for (int id : ids) {
      int rest = id;
      while ((rest & ~0x7f) != 0) {
        out.writeByte(rest | 0x80);
        rest >>>= 7;
      }
      out.writeByte(rest);
    }
  }

  private static int[] readTokens(DataInputStream in) throws IOException {
    int[] ids = new int[in.readInt()];
    for (int i = 0; i < ids.length; i++) {
      int part = in.readUnsignedByte();
      int id = part & 0x7f;
      for (int shift = 7; part >= 0x80; shift += 7) {
        part = in.readUnsignedByte();
        id |= (part & 0x7f) << shift;
      }
      ids[i] = id;
    }
    return ids;
  }

  private interface Writing {
    void to(DataOutputStream out) throws IOException;
  }

  private interface Reading<T> {
    T from(DataInputStream in) throws IOException;
  }

  private static byte[] write(Writing writing) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(LAYOUT);
      writing.to(out);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return bytes.toByteArray();
  }

  private static <T> T read(byte[] bytes, Reading<T> reading) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int layout = in.readUnsignedByte();
      if (layout != LAYOUT) {
        throw new IOException("a stored value has layout " + layout + ", not " + LAYOUT);
      }
      return reading.from(in);
    } catch (IOException e) {
      throw new UncheckedIOException("a stored value cannot be read", e);
    }
  }
}
