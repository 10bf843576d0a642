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
import org.clarion.engine.kernel.KernelException;
import org.clarion.engine.kernel.KernelLibrary;
import org.clarion.models.checkpoint.Checkpoints;
import org.clarion.models.checkpoint.DecoderWeights;
import org.clarion.models.checkpoint.GgufFile;
import org.clarion.models.checkpoint.VisionWeights;
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
 * Makes a folder that is a whole model: the decoder packed for the kernels, a file for each rank; the image tower's
 * tensors; the vocabulary; a manifest. One use, by one thread.
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
  private static final String TOWER = "vision/tower.safetensors";
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
  public record Order(Path folder, Precision precision, int ranks, boolean replace) {}

  /** What was made: the manifest in the folder, and bytes of all files. */
  public record Result(ModelManifest manifest, long bytes) {}

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
      // Before a large file is read for its hash.
      plan(library, weights, order, "");
      String source = source();
      DecoderConversion decoder = plan(library, weights, order, source);
      Vision vision = model.vision();
      try (Tower tower = vision == null || random(vision.weights().getFirst())
          ? new Tower(null, null)
          : Tower.of(ModelLoader.vision(model, store, weights.config().hidden()), source)) {
        Vocabulary vocabulary = vocabulary();
        long total = decoder.bytes() + tower.bytes() + vocabulary.bytes() + MANIFEST_ROOM;
        requireRoom(target, total);
        return write(new Parts(folder, decoder, tower, vocabulary, source), order, total);
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
  private record Parts(FreshFolder folder, DecoderConversion decoder, Tower tower, Vocabulary vocabulary,
      String source) {}

  private Result write(Parts parts, Order order, long total) throws IOException {
    Path folder = parts.folder().path();
    List<ModelFile> files = new ArrayList<>();
    Path decoder = Files.createDirectory(folder.resolve(DECODER));
    for (DecoderConversion.Written file : parts.decoder().write(decoder, bytes -> progress.at("writing", bytes,
        total))) {
      files.add(file(DECODER + "/" + file.name(), file.bytes(), file.sha256(), parts.source()));
    }
    TowerCopy tower = parts.tower().copy();
    if (tower != null) {
      Path path = folder.resolve(TOWER);
      Files.createDirectories(path.getParent() == null ? folder : path.getParent());
      String hash = tower.write(path, bytes -> progress.at("writing", parts.decoder().bytes() + bytes, total));
      files.add(file(TOWER, tower.bytes(), hash, parts.source()));
    }
    Vocabulary vocabulary = parts.vocabulary();
    if (vocabulary.content() != null) {
      Path path = Files.write(folder.resolve(vocabulary.name()), vocabulary.content());
      files.add(file(vocabulary.name(), vocabulary.bytes(), SourceHash.of(path, _ -> {
      }), parts.source()));
    }
    ModelManifest manifest = manifest(order, vocabulary.name(), tower != null, files);
    Files.writeString(folder.resolve(ModelCatalogue.IN_FOLDER), ManifestWriter.yaml(manifest));
    parts.folder().publish();
    progress.at("writing", total, total);
    return new Result(manifest, files.stream().mapToLong(file -> file.bytes().orElse(0)).sum());
  }

  private static ModelFile file(String path, long bytes, String sha256, String source) {
    return new ModelFile(path, "clarion models convert, from " + source, OptionalLong.of(bytes), sha256);
  }

  private ModelManifest manifest(Order order, String tokenizer, boolean towerCopied, List<ModelFile> files) {
    Language language = model.language();
    Vision vision = model.vision();
    Vision copied = vision == null || !towerCopied
        ? vision
        : new Vision(List.of(TOWER), vision.imageSize(), vision.mean(), vision.std(), vision.shape(), vision.tokens(),
            vision.required());
    String revision = model.revision() + "-" + order.precision().word();
    return new ModelManifest(id(model.id()), model.title(), model.licence(),
        revision.substring(0, Math.min(revision.length(), MAX_REVISION)), null,
        new Language(language.architecture(), DECODER, tokenizer, null, language.maxContext(), language.addBos()),
        copied, model.prompt(), model.stop(), model.samplingDefaults(), model.notice(), files, null);
  }

  /** Ids of models without a manifest are file names, which may have letters that ids do not. */
  static String id(String name) {
    String id = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9.-]", "-").replaceAll("^[.-]+", "");
    return id.isEmpty() ? "model" : id.substring(0, Math.min(id.length(), 64));
  }

  /** What the weights are: the hash of their files, or the seed. */
  private String source() throws IOException {
    String weights = model.language().weights();
    if (random(weights)) {
      return weights;
    }
    List<Path> files = new ArrayList<>(Checkpoints.files(store.languageWeights(model)));
    long total = SourceHash.bytes(files);
    return SourceHash.of(files, done -> progress.at("reading", done, total));
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

  /** The image tower's files, open while they are copied; nothing for a model without, or of random weights. */
  private record Tower(@Nullable VisionWeights weights, @Nullable TowerCopy copy) implements AutoCloseable {
    static Tower of(VisionWeights weights, String source) {
      return new Tower(weights, new TowerCopy(weights, source));
    }

    long bytes() {
      return copy == null ? 0 : copy.bytes();
    }

    @Override
    public void close() {
      if (weights != null) {
        weights.close();
      }
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
