package org.clarion.deploy.convert;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import org.clarion.engine.decoder.DecoderConversion;
import org.clarion.engine.decoder.DecoderConversion.Target;
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.kernel.ConversionFile.Written;
import org.clarion.engine.kernel.KernelException;
import org.clarion.engine.kernel.KernelLibrary;
import org.clarion.models.checkpoint.Checkpoints;
import org.clarion.models.checkpoint.DecoderWeights;
import org.clarion.models.checkpoint.GgufFile;
import org.clarion.models.manifest.ManifestWriter;
import org.clarion.models.manifest.ModelCatalogue;
import org.clarion.models.manifest.ModelLoader;
import org.clarion.models.manifest.ModelManifest;
import org.clarion.models.manifest.ModelManifest.Language;
import org.clarion.models.manifest.ModelManifest.ModelFile;
import org.clarion.models.manifest.ModelManifest.Vision;
import org.clarion.models.manifest.ModelStore;
import org.jspecify.annotations.Nullable;

/**
 * Makes a folder that is a whole model: the decoder packed for the kernels, a file for each rank; the image tower,
 * packed or copied; the vocabulary; a manifest. One use, by one thread.
 *
 * @param model
 *          what to convert
 * @param store
 *          where its files are
 * @param progress
 *          told of every step
 */
public record ModelConversion(ModelManifest model, ModelStore store, Progress progress) {
  static final String DECODER = "decoder";
  private static final String RANDOM = "random:";
  private static final String RESOURCE = "resource:";
  private static final long MANIFEST_ROOM = 1 << 20;
  private static final int MAX_REVISION = 64;

  /** Told how far it has come. */
  @FunctionalInterface
  public interface Progress {
    /** Called now and then: bytes of a step that are done, and all of them. */
    void at(String step, long done, long total);
  }

  /** What to make. */
  public record Order(Path folder, Precision precision, TowerKind tower, int ranks, boolean replace) {}

  /**
   * What was made.
   *
   * @param manifest
   *          in the folder
   * @param tower
   *          what became of the image tower, for people; empty where nothing did
   * @param bytes
   *          of all files
   */
  public record Result(ModelManifest manifest, String tower, long bytes) {}

  /**
   * Converts. Blocks; an interrupt ends it.
   *
   * @throws ConversionException
   *           when it cannot be made; nothing is left then
   * @throws IOException
   *           when writing fails; nothing is left then
   */
  public Result run(Order order) throws IOException {
    KernelLibrary library = KernelLibrary.host().orElseThrow(() -> new ConversionException(
        "there are no kernels of our own on this host (see the log), and files are packed by them"));
    if (order.precision() == Precision.BFLOAT16 && !library.multipliesBfloat16()) {
      throw new ConversionException("this processor does not multiply bfloat16: convert to int8 or int4");
    }
    Path target = order.folder().toAbsolutePath().normalize();
    try (DecoderWeights weights = ModelLoader.language(model, store);
        FreshFolder folder = FreshFolder.at(target, order.replace())) {
      // Before large files are read for their hashes.
      plan(library, weights, order, "");
      try (TowerPart tower = TowerPart.open(model, store, order.tower(), order.precision(),
          weights.config().hidden())) {
        tower.plan(library, "", "");
        Sources sources = sources(tower);
        Parts parts = new Parts(folder, plan(library, weights, order, sources.decoder()), tower,
            tower.plan(library, sources.tower(), sources.decoder()), vocabulary(), sources);
        requireRoom(target, parts.total());
        return write(parts, order);
      }
    }
  }

  private static DecoderConversion plan(KernelLibrary library, DecoderWeights weights, Order order, String source) {
    try {
      return new DecoderConversion(library, weights, new Target(order.precision(), order.ranks(), source));
    } catch (IllegalArgumentException | KernelException e) {
      throw new ConversionException(String.valueOf(e.getMessage()), e);
    }
  }

  /** What is put together. */
  private record Parts(FreshFolder folder, DecoderConversion decoder, TowerPart tower,
      TowerPart.@Nullable Planned towerFile, Vocabulary vocabulary, Sources sources) {
    long total() {
      return decoder.bytes() + (towerFile == null ? 0 : towerFile.bytes()) + vocabulary.bytes() + MANIFEST_ROOM;
    }
  }

  /** What the decoder and the image tower are made from. */
  private record Sources(String decoder, String tower) {}

  private Result write(Parts parts, Order order) throws IOException {
    Path folder = parts.folder().path();
    long total = parts.total();
    List<ModelFile> files = new ArrayList<>();
    Path decoder = Files.createDirectory(folder.resolve(DECODER));
    for (Written file : parts.decoder().write(decoder, bytes -> progress.at("writing", bytes, total))) {
      files.add(file(DECODER + "/" + file.name(), file.bytes(), file.sha256(), parts.sources().decoder()));
    }
    TowerPart.Planned tower = parts.towerFile();
    if (tower != null) {
      Path vision = Files.createDirectory(folder.resolve(TowerPart.FOLDER));
      Written file = tower.writer().write(vision,
          bytes -> progress.at("writing", parts.decoder().bytes() + bytes, total));
      files.add(file(TowerPart.PATH, file.bytes(), file.sha256(), parts.sources().tower()));
    }
    Vocabulary vocabulary = parts.vocabulary();
    if (vocabulary.content() != null) {
      Path path = Files.write(folder.resolve(vocabulary.name()), vocabulary.content());
      files.add(file(vocabulary.name(), vocabulary.bytes(), SourceHash.of(path, _ -> {
      }), parts.sources().decoder()));
    }
    ModelManifest manifest = manifest(order, vocabulary.name(), tower != null, files);
    Files.writeString(folder.resolve(ModelCatalogue.IN_FOLDER), ManifestWriter.yaml(manifest));
    parts.folder().publish();
    progress.at("writing", total, total);
    return new Result(manifest, parts.tower().fate().text(),
        files.stream().mapToLong(file -> file.bytes().orElse(0)).sum());
  }

  private static ModelFile file(String path, long bytes, String sha256, String source) {
    return new ModelFile(path, "clarion models convert, from " + source, OptionalLong.of(bytes), sha256);
  }

  private ModelManifest manifest(Order order, String tokenizer, boolean ownTower, List<ModelFile> files) {
    Language language = model.language();
    Vision vision = model.vision();
    Vision converted = vision == null || !ownTower
        ? vision
        : new Vision(List.of(TowerPart.PATH), vision.imageSize(), vision.mean(), vision.std(), vision.shape(),
            vision.tokens(),
            vision.required());
    String revision = model.revision() + "-" + order.precision().word();
    return new ModelManifest(id(model.id()), model.title(), model.licence(),
        revision.substring(0, Math.min(revision.length(), MAX_REVISION)), null,
        new Language(language.architecture(), DECODER, tokenizer, null, language.maxContext(), language.addBos()),
        converted, model.prompt(), model.stop(), model.samplingDefaults(), model.notice(), files, null);
  }

  /** Ids of models without a manifest are file names, which may have letters that ids do not. */
  static String id(String name) {
    String id = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9.-]", "-").replaceAll("^[.-]+", "");
    return id.isEmpty() ? "model" : id.substring(0, Math.min(id.length(), 64));
  }

  /** What the weights are: the hashes of their files, or the seeds. */
  private Sources sources(TowerPart tower) throws IOException {
    List<Path> decoder = random(model.language().weights())
        ? List.of()
        : Checkpoints.files(store.languageWeights(model));
    long first = SourceHash.bytes(decoder);
    long total = first + SourceHash.bytes(tower.files());
    String language = decoder.isEmpty()
        ? model.language().weights()
        : SourceHash.of(decoder, done -> progress.at("reading", done, total));
    Vision vision = model.vision();
    String seen = vision == null ? "" : vision.weights().getFirst();
    return new Sources(language, tower.files().isEmpty()
        ? seen
        : SourceHash.of(tower.files(), done -> progress.at("reading", first + done, total)));
  }

  private static boolean random(String weights) {
    return weights.startsWith(RANDOM);
  }

  private void requireRoom(Path target, long needed) throws IOException {
    Path there = target;
    while (!Files.exists(there) && there.getParent() != null) {
      there = there.getParent();
    }
    FileStore disk = Files.getFileStore(there);
    long free = disk.getUsableSpace();
    if (needed > free) {
      throw new ConversionException(String.format(Locale.ROOT, "%s needs %,d bytes, the disk there has %,d free",
          target, needed, free));
    }
  }

  /** The vocabulary's file; no content where it is part of Clarion. */
  private record Vocabulary(String name, byte @Nullable [] content) {
    long bytes() {
      return content == null ? 0 : content.length;
    }
  }

  private Vocabulary vocabulary() throws IOException {
    String tokenizer = model.language().tokenizer();
    if (tokenizer.startsWith(RESOURCE)) {
      return new Vocabulary(tokenizer, null);
    }
    Path path = store.file(model, tokenizer);
    if (tokenizer.endsWith(".gguf")) {
      try (GgufFile gguf = GgufFile.open(path)) {
        return new Vocabulary("tokenizer.gguf", gguf.withoutTensors());
      }
    }
    return new Vocabulary(tokenizer.endsWith(".model") ? "tokenizer.model" : "tokenizer.json",
        Files.readAllBytes(path));
  }
}
