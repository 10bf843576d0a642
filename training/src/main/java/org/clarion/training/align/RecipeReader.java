package org.clarion.training.align;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.learn.LearningRate;
import org.clarion.training.phantom.PhantomKind;
import org.clarion.training.phantom.Wording;

/** Reads recipes from YAML: those that come with Clarion by name, others from files. Refuses what it does not know. */
public final class RecipeReader {
  /** Recipes that come with Clarion. */
  public static final List<String> NAMES = List.of("xraygpt", "skingpt4", "minigpt4", "clarion-tiny", "clarion-smol",
      "phantom-xraygpt", "phantom-skingpt4");

  private static final String ROOT = "recipe";
  private static final String MIXTURE = "mix";
  private static final YAMLMapper YAML = YAMLMapper.builder().build();
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private RecipeReader() {}

  /**
   * A recipe by name, or from a file.
   *
   * @throws AlignException
   *           when there is none, or it cannot be followed; the message names the key, its value and what is allowed
   */
  public static Recipe read(String nameOrFile) {
    if (NAMES.contains(nameOrFile)) {
      return parse(resource(nameOrFile + ".yaml").orElseThrow(), nameOrFile);
    }
    Path file = Path.of(nameOrFile);
    if (!Files.isRegularFile(file)) {
      throw new AlignException(
          "there is no recipe '" + nameOrFile + "': it is no file, and those that come with Clarion are " + String.join(
              ", ", NAMES));
    }
    try {
      return parse(Files.readString(file), nameOrFile);
    } catch (IOException e) {
      throw new AlignException(nameOrFile + " cannot be read: " + e.getMessage(), e);
    }
  }

  /** A text that lies beside the recipes. */
  static Optional<String> resource(String name) {
    try (InputStream in = RecipeReader.class.getResourceAsStream(name)) {
      return in == null ? Optional.empty() : Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new AlignException(name + " cannot be read: " + e.getMessage(), e);
    }
  }

  /** A recipe from its text. */
  public static Recipe parse(String text, String source) {
    try {
      return recipe(new Keys(source, ROOT, YAML.readTree(text)), text);
    } catch (JsonProcessingException e) {
      throw new AlignException(source + " is no YAML, near line " + (e.getLocation() == null
          ? 1
          : e.getLocation().getLineNr()), e);
    }
  }

  private static Recipe recipe(Keys keys, String text) {
    keys.only("name", "title", "seed", "model", "vocabulary", "fresh-projection", "projection-deviation", "stages");
    List<Stage> stages = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (Keys one : keys.list("stages")) {
      Stage stage = stage(one);
      if (!names.add(stage.name())) {
        throw one.fault("name", "is '" + stage.name() + "', as that of another stage");
      }
      stages.add(stage);
    }
    if (stages.isEmpty()) {
      throw keys.fault("stages", "is empty: a recipe has at least one stage");
    }
    boolean fresh = keys.flag("fresh-projection");
    if (fresh && stages.stream().noneMatch(stage -> stage.train().contains(Part.PROJECTION))) {
      throw keys.fault("fresh-projection", "is true, and no stage trains the projection");
    }
    return new Recipe(keys.text("name"), keys.text("title", ""), (long) keys.number("seed", 42, 0, Long.MAX_VALUE),
        keys.optional("model"), keys.optional("vocabulary").map(_ -> keys.integer("vocabulary", 0, 300, 100_000)),
        fresh, keys.number("projection-deviation", 0, 0, 10), stages, text);
  }

  private static Stage stage(Keys keys) {
    keys.only("name", "teach", "data", "train", "prompts", "questions", "end", "max-answer", "batch", "accumulate",
        "rate", "decay", "longest-gradient", "precision", "checkpoint-every");
    String name = keys.text("name");
    if (!name.matches("[A-Za-z0-9._-]{1,40}")) {
      throw keys.fault("name", "is '" + name + "'; allowed are 1 to 40 letters, digits, dots, dashes");
    }
    Teaching teach = keys.word("teach", Teaching.REPORTS, List.of(Teaching.values()), Teaching::word);
    Set<Part> train = train(keys, teach);
    List<String> prompts = keys.texts("prompts");
    for (String prompt : prompts) {
      if (prompt.split("<ImageHere>", -1).length != 2) {
        throw keys.fault("prompts", "has '" + prompt + "', which does not have <ImageHere> once");
      }
    }
    return new Stage(name, teach, material(keys), train, prompts, keys.texts("questions"), keys.text("end", ""),
        keys.integer("max-answer", 160, 1, 4096), keys.integer("batch", 1, 1, 4096), keys.integer("accumulate", 1, 1,
            4096),
        rate(keys.child("rate")), keys.number("decay", 0.05, 0, 1), keys.number("longest-gradient",
            Double.POSITIVE_INFINITY, 1e-6, Double.POSITIVE_INFINITY),
        keys.word("precision", Precision.FLOAT32, List.of(
            Precision.FLOAT32, Precision.BFLOAT16), precision -> precision == Precision.FLOAT32 ? "f32" : "bf16"),
        keys.integer("checkpoint-every", 500, 1, 1_000_000));
  }

  private static Set<Part> train(Keys keys, Teaching teach) {
    Set<Part> train = EnumSet.noneOf(Part.class);
    for (String word : keys.texts("train")) {
      train.add(Stream.of(Part.values()).filter(part -> part.word().equals(word)).findFirst().orElseThrow(() -> keys
          .fault("train", "has '" + word + "'; allowed are " + words(List.of(Part.values()), Part::word))));
    }
    if (train.isEmpty()) {
      throw keys.fault("train", "names no part, so the stage would teach nothing; allowed are " + words(List.of(Part
          .values()), Part::word));
    }
    if (teach == Teaching.LABELS && (train.contains(Part.PROJECTION) || train.contains(Part.LLM))) {
      throw keys.fault("train", "has a part behind the labels: they are read off before the projection");
    }
    return train;
  }

  private static Material material(Keys keys) {
    if (!keys.has("data")) {
      return new Material.Given("data");
    }
    if (keys.isText("data")) {
      return new Material.Given(keys.text("data"));
    }
    Keys data = keys.child("data");
    data.only("phantoms", "count", "seed", "size", "wordings");
    Optional<PhantomKind> drawn = data.word("phantoms", Optional.empty(), Stream.concat(Stream.of(Optional
        .<PhantomKind>empty()), Stream.of(PhantomKind.values()).map(Optional::of)).toList(), kind -> kind.map(
            PhantomKind::label).orElse(MIXTURE));
    return new Material.Phantoms(drawn, data.integer("count", 10_000, 2, 10_000_000), (long) data.number("seed", 1, 0,
        Long.MAX_VALUE), data.integer("size", 224, 56, 4096), data.word("wordings", Wording.Variety.MANY,
            List.of(Wording.Variety.values()), variety -> variety.name().toLowerCase(Locale.ROOT)));
  }

  private static LearningRate rate(Keys keys) {
    keys.only("start", "peak", "end", "warm-up", "epochs", "steps-per-epoch", "warm-up-restarts");
    double peak = keys.number("peak", 1e-4, 1e-12, 10);
    return new LearningRate(keys.number("start", peak / 100, 0, 10), peak, keys.number("end", 0, 0, 10), keys.integer(
        "warm-up", 0, 0, 10_000_000), keys.integer("epochs", 1, 1, 100_000),
        keys.integer("steps-per-epoch", 0, 1,
            10_000_000),
        keys.flag("warm-up-restarts"));
  }

  private static <T> String words(List<T> values, Function<T, String> word) {
    return values.stream().map(word).collect(Collectors.joining(", "));
  }

  /** The keys of one mapping, and where it stands. */
  private record Keys(String source, String place, JsonNode node) {
    Keys {
      if (!node.isObject()) {
        throw new AlignException(source + ": " + place + " is no mapping of keys to values");
      }
    }

    void only(String... allowed) {
      Set<String> known = Set.of(allowed);
      node.fieldNames().forEachRemaining(key -> {
        if (!known.contains(key)) {
          throw fault(key, "is not known; allowed are " + String.join(", ", allowed));
        }
      });
    }

    AlignException fault(String key, String what) {
      return new AlignException(source + ": " + (place.equals(ROOT) ? "" : place + ".") + key + " " + what);
    }

    boolean has(String key) {
      return node.hasNonNull(key);
    }

    boolean isText(String key) {
      return node.path(key).isTextual();
    }

    Optional<String> optional(String key) {
      return has(key) ? Optional.of(node.path(key).asText()) : Optional.empty();
    }

    String text(String key) {
      return optional(key).orElseThrow(() -> fault(key, "is missing"));
    }

    String text(String key, String otherwise) {
      return optional(key).orElse(otherwise);
    }

    List<String> texts(String key) {
      JsonNode values = node.path(key);
      if (values.isTextual()) {
        return List.of(values.asText());
      }
      if (has(key) && !values.isArray()) {
        throw fault(key, "is no list");
      }
      List<String> texts = new ArrayList<>();
      values.forEach(value -> texts.add(value.asText()));
      return texts;
    }

    double number(String key, double otherwise, double least, double most) {
      if (!has(key)) {
        return otherwise;
      }
      JsonNode value = node.path(key);
      // YAML reads 1e-4 as a word: its numbers have a dot.
      String text = value.asText();
      double number;
      try {
        number = Double.parseDouble(text);
      } catch (NumberFormatException e) {
        throw new AlignException(fault(key, "is '" + text + "', no number").getMessage(), e);
      }
      if (!(number >= least && number <= most)) {
        throw fault(key, "is " + text + "; allowed are " + shown(least) + " to " + shown(most));
      }
      return number;
    }

    int integer(String key, int otherwise, int least, int most) {
      if (!has(key)) {
        if (otherwise < least) {
          throw fault(key, "is missing");
        }
        return otherwise;
      }
      double number = number(key, otherwise, least, most);
      if (number != Math.rint(number)) {
        throw fault(key, "is " + shown(number) + ", no whole number");
      }
      return (int) number;
    }

    private static String shown(double number) {
      return number == Math.rint(number) && Math.abs(number) < 1e15
          ? Long.toString((long) number)
          : Double.toString(number);
    }

    boolean flag(String key) {
      return node.path(key).asBoolean(false);
    }

    <T> T word(String key, T otherwise, List<T> values, Function<T, String> word) {
      if (!has(key)) {
        return otherwise;
      }
      String text = text(key);
      return values.stream().filter(value -> word.apply(value).equals(text)).findFirst().orElseThrow(() -> fault(key,
          "is '" + text + "'; allowed are " + words(values, word)));
    }

    Keys child(String key) {
      if (!has(key)) {
        throw fault(key, "is missing");
      }
      return new Keys(source, place.equals(ROOT) ? key : place + "." + key, node.path(key));
    }

    List<Keys> list(String key) {
      List<Keys> all = new ArrayList<>();
      node.path(key).forEach(one -> all.add(new Keys(source, key + "[" + all.size() + "]", one)));
      return all;
    }
  }

  /** The recipe as one line of JSON, for its hash: comments and spaces do not count. */
  static String canonical(Recipe recipe) {
    try {
      return JSON.writeValueAsString(YAML.readTree(recipe.text()));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("it has been read before", e);
    }
  }
}
