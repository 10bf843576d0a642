package org.clarion.training.align;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.clarion.models.checkpoint.Sha256;

/**
 * Everything about one training in one folder: {@code recipe.yaml}, {@code run.json} (model, hashes, seeds),
 * {@code losses.csv}, the curve, {@code checkpoint.safetensors}, what each finished stage made, and the model.
 *
 * @param path
 *          the folder
 */
record RunFolder(Path path) {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  /** What a start that was cut short may leave. */
  private static final Set<String> BEGUN = Set.of("stages", "recipe.yaml", "run.json.partial");

  /**
   * Begins a training, or takes up one that lies there.
   *
   * @param facts
   *          what must be the same for a training to go on, by name
   * @param recipe
   *          text of the recipe, written beside it
   * @throws AlignException
   *           when there is one and it is not to go on, or it is another one
   */
  static RunFolder open(Path path, Map<String, String> facts, String recipe, boolean resume) throws IOException {
    RunFolder run = new RunFolder(path);
    Path record = path.resolve("run.json");
    if (Files.exists(record)) {
      if (!resume) {
        throw new AlignException(path + " holds a training already; --resume goes on with it, or name another folder");
      }
      Map<String, String> before = run.facts();
      facts.forEach((name, value) -> {
        if (!value.equals(before.get(name))) {
          throw new AlignException("the training in " + path + " was begun with " + name + " " + before.get(name)
              + ", not " + value + "; it cannot go on with another");
        }
      });
      return run;
    }
    Files.createDirectories(path.resolve("stages"));
    try (Stream<Path> there = Files.list(path)) {
      if (there.anyMatch(file -> !BEGUN.contains(file.getFileName().toString()))) {
        throw new AlignException(path + " is not empty and holds no training; name another folder");
      }
    }
    Files.writeString(recipe(path), recipe);
    run.write(facts);
    return run;
  }

  private Map<String, String> facts() throws IOException {
    Map<String, String> facts = new LinkedHashMap<>();
    JSON.readTree(path.resolve("run.json").toFile()).properties().forEach(one -> facts.put(one.getKey(), one.getValue()
        .asText()));
    return facts;
  }

  private void write(Map<String, String> facts) throws IOException {
    Path partial = path.resolve("run.json.partial");
    JSON.writerWithDefaultPrettyPrinter().writeValue(partial.toFile(), facts);
    TensorFile.replace(partial, path.resolve("run.json"));
  }

  /**
   * Notes a fact that turns out on the way, or compares it with the one that was noted before.
   *
   * @throws AlignException
   *           when it has changed
   */
  void note(String name, String value) throws IOException {
    Map<String, String> facts = facts();
    String before = facts.putIfAbsent(name, value);
    if (before == null) {
      write(facts);
    } else if (!before.equals(value)) {
      throw new AlignException(name + " has changed since the training in " + path + " began: " + value + ", not "
          + before);
    }
  }

  /** The recipe of the run in a folder, as it was when it began. */
  static Path recipe(Path folder) {
    return folder.resolve("recipe.yaml");
  }

  Path checkpoint() {
    return path.resolve("checkpoint.safetensors");
  }

  Path losses() {
    return path.resolve("losses.csv");
  }

  /** The vocabulary that was learned for this training. */
  Path vocabulary() {
    return path.resolve("tokenizer.json");
  }

  /** What a finished stage made of the tower. */
  Path tower(Stage stage) {
    return path.resolve("stages").resolve(stage.name() + ".safetensors");
  }

  /** What a finished stage made of the decoder: a folder. */
  Path decoder(Stage stage) {
    return path.resolve("stages").resolve(stage.name() + "-llm");
  }

  /** Where a stage's lessons lie ready. */
  Path material(String key) {
    return path.resolve("material").resolve(hash(key).substring(0, 16));
  }

  /** Features of a stage's pictures while it runs, those of one rank. */
  Path features(int rank) {
    return path.resolve("features-" + rank + ".bin");
  }

  /** The finished model. */
  Path model() {
    return path.resolve("model");
  }

  /** SHA-256 of a text, hexadecimal. */
  static String hash(String text) {
    return HexFormat.of().formatHex(Sha256.digest().digest(text.getBytes(StandardCharsets.UTF_8)));
  }
}
