package org.clarion.scheduler.cluster;

import com.hazelcast.config.SerializationConfig;
import com.hazelcast.internal.serialization.InternalSerializationService;
import com.hazelcast.internal.serialization.impl.DefaultSerializationServiceBuilder;
import com.hazelcast.internal.serialization.impl.HeapData;
import com.hazelcast.internal.serialization.impl.compact.FieldDescriptor;
import com.hazelcast.internal.serialization.impl.compact.Schema;
import com.hazelcast.internal.serialization.impl.compact.SchemaService;
import com.hazelcast.nio.serialization.FieldKind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.SequencedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A value as it is stored or travels, with the schemas that it needs, as text: a line for each schema, then the bytes.
 */
record Form(List<Schema> schemas, byte[] bytes) {
  private static final String SCHEMA = "schema ";
  private static final String BYTES = "bytes ";

  /** Serialises with what a member has: {@code serializers} for ours, none for whoever knows schemas only. */
  static final class Service implements SchemaService {
    private final SequencedMap<Long, Schema> schemas = new TreeMap<>();
    private final InternalSerializationService service;

    Service(boolean serializers) {
      SerializationConfig config = new SerializationConfig();
      if (serializers) {
        Serializers.ALL.forEach(config.getCompactSerializationConfig()::addSerializer);
      }
      service = new DefaultSerializationServiceBuilder().setConfig(config).setSchemaService(this).build();
    }

    Form write(Object value) {
      byte[] bytes = service.toData(value).toByteArray();
      return new Form(schemas.values().stream().sorted(Comparator.comparing(Schema::getTypeName)).toList(), bytes);
    }

    Object read(Form form) {
      form.schemas.forEach(this::putLocal);
      return service.toObject(new HeapData(form.bytes));
    }

    @Override
    public @Nullable Schema get(long id) {
      return schemas.get(id);
    }

    @Override
    public void put(Schema schema) {
      putLocal(schema);
    }

    @Override
    public void putLocal(Schema schema) {
      schemas.put(schema.getSchemaId(), schema);
    }
  }

  static Form parse(String text) {
    List<Schema> schemas = new ArrayList<>();
    byte[] bytes = {};
    for (String line : text.lines().toList()) {
      if (line.startsWith(SCHEMA)) {
        String[] words = line.substring(SCHEMA.length()).split(" ", -1);
        List<FieldDescriptor> fields = new ArrayList<>();
        for (int i = 1; i < words.length; i++) {
          String[] field = words[i].split(":", -1);
          fields.add(new FieldDescriptor(field[0], FieldKind.valueOf(field[1])));
        }
        schemas.add(new Schema(words[0], fields));
      } else if (line.startsWith(BYTES)) {
        bytes = HexFormat.of().parseHex(line.substring(BYTES.length()));
      }
    }
    return new Form(schemas, bytes);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (Schema schema : schemas) {
      text.append(SCHEMA).append(schema.getTypeName());
      schema.getFields().stream().sorted(Comparator.comparing(FieldDescriptor::getFieldName))
          .forEach(field -> text.append(' ').append(field.getFieldName()).append(':').append(field.getKind()));
      text.append('\n');
    }
    return text.append(BYTES).append(HexFormat.of().formatHex(bytes)).append('\n').toString();
  }
}
