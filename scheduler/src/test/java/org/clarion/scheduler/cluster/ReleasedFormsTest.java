package org.clarion.scheduler.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.nio.serialization.FieldKind;
import com.hazelcast.nio.serialization.genericrecord.GenericRecord;
import com.hazelcast.nio.serialization.genericrecord.GenericRecordBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.clarion.scheduler.api.GenerationRecord;
import org.clarion.scheduler.api.ReplicaId;
import org.clarion.scheduler.api.TokenLog;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Members of two releases run side by side while one follows the other, and the database holds what the release before
 * wrote. {@code forms/TYPE/N.txt} is a {@link Samples sample} as it was written when its form was new; the highest N is
 * the present one. A form that was released is never changed: who changes a serialiser adds the next number with
 *
 * <pre>
 * mvn test -pl scheduler -am -Dtest=ReleasedFormsTest -Dclarion.forms.write=true -Dsurefire.failIfNoSpecifiedTests=false
 * </pre>
 *
 * and says in {@link #expected} what becomes of older ones where that is not the sample.
 */
final class ReleasedFormsTest {
  private static final Path FORMS = Path.of("src/test/resources/org/clarion/scheduler/cluster/forms");
  private static final boolean WRITE = Boolean.getBoolean("clarion.forms.write");

  static Set<String> types() {
    return Samples.all().keySet();
  }

  /** The forms of a type by their numbers. */
  private static NavigableMap<Integer, String> forms(String type) throws IOException {
    NavigableMap<Integer, String> forms = new TreeMap<>();
    Path folder = FORMS.resolve(type);
    if (Files.isDirectory(folder)) {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.toList()) {
          forms.put(Integer.parseInt(file.getFileName().toString().replace(".txt", "")), Files.readString(file));
        }
      }
    }
    return forms;
  }

  private static void requirePresent(String type, String present) throws IOException {
    NavigableMap<Integer, String> forms = forms(type);
    if (WRITE && (forms.isEmpty() || !forms.lastEntry().getValue().equals(present))) {
      Path file = FORMS.resolve(type).resolve((forms.isEmpty() ? 1 : forms.lastKey() + 1) + ".txt");
      Files.createDirectories(file.getParent());
      Files.writeString(file, present);
      forms = forms(type);
    }
    assertThat(forms).as("forms of %s", type).isNotEmpty();
    assertThat(present).as("%s has another form than %s: see %s", type, forms.lastKey(), ReleasedFormsTest.class)
        .isEqualTo(forms.lastEntry().getValue());
  }

  /** What a form of a type is read as. */
  private static Object expected(String type, int form) {
    // Logs of the first form only tell that an answer has ended.
    return switch (type + "/" + form) {
      case "clarion.SealedLog/1" -> Samples.log(new TokenLog.Ending("STOP", 0, 0, 3));
      case "clarion.AppendTokens/1" -> Samples.append(new TokenLog.Ending("STOP", 0, 0, 2));
      default -> Samples.of(type);
    };
  }

  @ParameterizedTest
  @MethodSource("types")
  void thePresentFormIsKnown(String type) throws IOException {
    requirePresent(type, new Form.Service(true).write(Samples.of(type)).toString());
  }

  @ParameterizedTest
  @MethodSource("types")
  void everyFormThatWasEverWrittenIsRead(String type) throws IOException {
    for (Map.Entry<Integer, String> form : forms(type).entrySet()) {
      assertThat(new Form.Service(true).read(Form.parse(form.getValue()))).as("form %s", form.getKey())
          .usingRecursiveComparison().ignoringFields("member").isEqualTo(expected(type, form.getKey()));
    }
  }

  /** A later release will have fields that this one does not know. */
  @ParameterizedTest
  @MethodSource("types")
  void fieldsOfALaterReleaseAreOverlooked(String type) throws IOException {
    Form later = new Form.Service(false).write(withMore(known(type), type));
    assertThat(later.toString()).contains("a-later-number:INT64").contains("z-later-text:STRING");
    assertThat(new Form.Service(true).read(later)).usingRecursiveComparison().ignoringFields("member")
        .isEqualTo(Samples.of(type));
  }

  private static GenericRecord withMore(GenericRecord known, String type) {
    GenericRecordBuilder to = GenericRecordBuilder.compact(type).setInt64("a-later-number", 7)
        .setString("z-later-text", "text");
    for (String field : known.getFieldNames()) {
      FieldKind kind = known.getFieldKind(field);
      switch (kind) {
        case INT32 -> to.setInt32(field, known.getInt32(field));
        case INT64 -> to.setInt64(field, known.getInt64(field));
        case BOOLEAN -> to.setBoolean(field, known.getBoolean(field));
        case STRING -> to.setString(field, known.getString(field));
        case ARRAY_OF_INT8 -> to.setArrayOfInt8(field, known.getArrayOfInt8(field));
        case ARRAY_OF_INT64 -> to.setArrayOfInt64(field, known.getArrayOfInt64(field));
        case ARRAY_OF_STRING -> to.setArrayOfString(field, known.getArrayOfString(field));
        case COMPACT -> to.setGenericRecord(field, known.getGenericRecord(field));
        case ARRAY_OF_COMPACT -> to.setArrayOfGenericRecord(field, known.getArrayOfGenericRecord(field));
        default -> throw new IllegalArgumentException("field " + field + " is of kind " + kind);
      }
    }
    return to.build();
  }

  private static GenericRecord known(String type) throws IOException {
    return (GenericRecord) new Form.Service(false).read(Form.parse(forms(type).lastEntry().getValue()));
  }

  @Test
  void whatIsSealedHasAKnownLayout() throws IOException {
    requirePresent("plain.session", new Form(List.of(), Codecs.session(ClusterStateContract.record())).toString());
    requirePresent("plain.tokens", new Form(List.of(), Codecs.tokens(new int[]{0, 300, 128_000})).toString());
    requirePresent("plain.embedding",
        new Form(List.of(), Codecs.embedding(ClusterStateContract.embedding())).toString());
    requirePresent("plain.generation", new Form(List.of(), Codecs.generation(generation())).toString());
    for (String form : forms("plain.session").values()) {
      assertThat(Codecs.session(Form.parse(form).bytes())).isEqualTo(ClusterStateContract.record());
    }
    for (String form : forms("plain.tokens").values()) {
      assertThat(Codecs.tokens(Form.parse(form).bytes())).containsExactly(0, 300, 128_000);
    }
    for (String form : forms("plain.embedding").values()) {
      assertThat(Codecs.embedding(Form.parse(form).bytes())).isEqualTo(ClusterStateContract.embedding());
    }
    for (String form : forms("plain.generation").values()) {
      assertThat(Codecs.generation(Form.parse(form).bytes())).isEqualTo(generation());
    }
  }

  private static GenerationRecord generation() {
    return new GenerationRecord(new byte[]{1, 2, -3}, new ReplicaId("r1"), 4, ClusterStateContract.NOW);
  }
}
