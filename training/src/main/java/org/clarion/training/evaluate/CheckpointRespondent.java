package org.clarion.training.evaluate;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.clarion.engine.collective.Collectives;
import org.clarion.engine.decoder.Decoder;
import org.clarion.engine.decoder.DecoderOptions;
import org.clarion.engine.decoder.DecoderStep;
import org.clarion.engine.decoder.Decoders;
import org.clarion.engine.decoder.EmbeddingSpan;
import org.clarion.engine.decoder.Precision;
import org.clarion.engine.decoder.PrecisionSetting;
import org.clarion.engine.decoder.PrefillRow;
import org.clarion.engine.script.Device;
import org.clarion.engine.vision.ImageTower;
import org.clarion.engine.vision.ImageTowers;
import org.clarion.engine.vision.TowerOptions;
import org.clarion.models.checkpoint.DecoderWeights;
import org.clarion.models.checkpoint.VisionWeights;
import org.clarion.models.manifest.ManifestException;
import org.clarion.models.manifest.ModelLoader;
import org.clarion.models.manifest.ModelManifest;
import org.clarion.models.manifest.ModelStore;
import org.clarion.models.prompt.EncodedSegment;
import org.clarion.models.prompt.Message;
import org.clarion.models.prompt.PromptEncoder;
import org.clarion.models.prompt.PromptTemplate;
import org.clarion.models.tokenizer.Tokenizer;
import org.clarion.training.data.PictureReader;
import org.clarion.training.data.UnreadablePictureException;

/**
 * A model from its files, in this process: tower, decoder, template and stop rules are those that serve. To be made,
 * used and closed by one thread.
 */
public final class CheckpointRespondent implements Respondent {
  /** Positions for template and question besides picture and answer. */
  private static final int PROMPT_ROOM = 512;
  private static final int PICTURES_KEPT = 64;

  private final String name;
  private final ModelManifest.Vision vision;
  private final PictureReader pictures;
  private final PromptTemplate template;
  private final Tokenizer tokenizer;
  private final PromptEncoder encoder;
  private final ImageTower tower;
  private final Decoder decoder;
  private final GreedyBatch generation;
  private final int batch;
  private final int extent;
  private final Map<Path, float[]> seen = new LinkedHashMap<>();

  /**
   * How it runs, on the processor.
   *
   * @param precision
   *          kind of the weights, a word of settings
   * @param threads
   *          of the decoder and of the image tower
   * @param batch
   *          answers that are written side by side
   * @param maxTokens
   *          bound of an answer
   */
  public record Options(String precision, int threads, int batch, int maxTokens) {}

  private CheckpointRespondent(String name, ModelManifest model, ModelManifest.Vision vision, PictureReader pictures,
      Tokenizer tokenizer, ImageTower tower, Decoder decoder, Options options) {
    this.name = name;
    this.vision = vision;
    this.pictures = pictures;
    this.template = model.prompt().template();
    this.tokenizer = tokenizer;
    this.encoder = new PromptEncoder(tokenizer, model.language().addBos());
    this.tower = tower;
    this.decoder = decoder;
    this.batch = options.batch();
    this.extent = extent(model, vision, options.maxTokens());
    this.generation = new GreedyBatch(decoder, tokenizer, model.stop(), options.maxTokens());
  }

  private static int extent(ModelManifest model, ModelManifest.Vision vision, int maxTokens) {
    return Math.min(model.language().maxContext(), vision.tokens() + PROMPT_ROOM + maxTokens);
  }

  /**
   * Loads a model.
   *
   * @param name
   *          what a report calls it
   * @throws ManifestException
   *           when it has no image tower, or files of it are missing
   * @throws org.clarion.models.checkpoint.CheckpointException
   *           when its files cannot be used
   */
  public static CheckpointRespondent load(String name, ModelManifest model, ModelStore store, PictureReader pictures,
      Options options) {
    ModelManifest.Vision vision = model.vision();
    if (vision == null) {
      throw new ManifestException("manifest_invalid",
          "model " + model.id() + " has no image tower: it cannot be asked about pictures");
    }
    Tokenizer tokenizer = ModelLoader.tokenizer(model, store);
    ImageTower tower = null;
    try (DecoderWeights language = ModelLoader.language(model, store);
        VisionWeights sight = ModelLoader.vision(model, store, language.config().hidden())) {
      Precision seeing = PrecisionSetting.forImageTower(options.precision(), Device.CPU, sight);
      tower = ImageTowers.load(sight, vision, new TowerOptions(seeing, options.threads()));
      int arena = options.batch() * DecoderStep.aligned(extent(model, vision, options.maxTokens()));
      Precision writing = PrecisionSetting.forDecoder(options.precision(), Device.CPU, language);
      Decoder decoder = Decoders.load(language, new DecoderOptions(writing, PrecisionSetting.forKv("auto"), arena,
          options.threads(), Device.CPU), Collectives.single());
      return new CheckpointRespondent(name, model, vision, pictures, tokenizer, tower, decoder, options);
    } catch (RuntimeException | Error e) {
      if (tower != null) {
        tower.close();
      }
      tokenizer.close();
      throw e;
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int batch() {
    return batch;
  }

  @Override
  public List<Reply> ask(List<Query> queries) throws InterruptedException {
    Reply[] replies = new Reply[queries.size()];
    List<PrefillRow> prompts = new ArrayList<>();
    List<Integer> places = new ArrayList<>();
    for (int i = 0; i < queries.size(); i++) {
      try {
        prompts.add(prompt(queries.get(i), prompts.size() * DecoderStep.aligned(extent)));
        places.add(i);
      } catch (UnreadablePictureException e) {
        replies[i] = new Reply.Failure(e.getMessage());
      }
    }
    List<GreedyBatch.Written> answers = generation.write(prompts, extent);
    for (int i = 0; i < places.size(); i++) {
      GreedyBatch.Written written = answers.get(i);
      replies[places.get(i)] = new Reply.Answer(written.text().strip(), OptionalDouble.of(written.confidence()), written
          .ended());
    }
    return List.of(replies);
  }

  private PrefillRow prompt(Query query, int offset) {
    float[] picture = picture(query.image());
    List<Integer> ids = new ArrayList<>();
    List<EmbeddingSpan> spans = new ArrayList<>();
    for (EncodedSegment segment : encoder.encode(template.open(List.of(Message.user(new Message.Part.Image(0),
        new Message.Part.Text(query.question())))))) {
      switch (segment) {
        case EncodedSegment.Tokens tokens -> {
          for (int id : tokens.ids()) {
            ids.add(id);
          }
        }
        case EncodedSegment.Image _ -> {
          spans.add(new EmbeddingSpan(ids.size(), picture));
          for (int i = 0; i < tower.tokens(); i++) {
            ids.add(0);
          }
        }
      }
    }
    if (ids.size() >= extent) {
      throw new IllegalArgumentException(
          "the question takes " + ids.size() + " positions with its picture, the limit is "
              + (extent - 1));
    }
    return new PrefillRow(ids.stream().mapToInt(Integer::intValue).toArray(), 0, offset, spans, true);
  }

  /** A picture is encoded once as long as it is among the last few. */
  private float[] picture(Path file) {
    float[] known = seen.remove(file);
    float[] vectors = known != null ? known : tower.encode(pictures.read(file, vision.imageSize()));
    seen.put(file, vectors);
    if (seen.size() > PICTURES_KEPT) {
      seen.remove(seen.keySet().iterator().next());
    }
    return vectors;
  }

  @Override
  public void close() {
    decoder.close();
    tower.close();
    tokenizer.close();
  }
}
