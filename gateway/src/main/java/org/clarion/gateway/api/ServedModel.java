package org.clarion.gateway.api;

import java.util.List;
import java.util.stream.IntStream;
import org.clarion.models.manifest.ModelManifest;
import org.clarion.models.prompt.PromptEncoder;
import org.clarion.models.prompt.PromptTemplate;
import org.clarion.models.tokenizer.Tokenizer;

/**
 * A model as the edge needs it: what it is, its vocabulary and its prompts. Thread-safe.
 *
 * @param manifest
 *          what it is
 * @param tokenizer
 *          its vocabulary; closed by whoever opened it
 * @param template
 *          how it reads a conversation
 * @param encoder
 *          segments to ids
 * @param stopTokens
 *          ids that end an answer
 */
public record ServedModel(ModelManifest manifest, Tokenizer tokenizer, PromptTemplate template, PromptEncoder encoder,
    List<Integer> stopTokens) {
  public ServedModel {
    stopTokens = List.copyOf(stopTokens);
  }

  /**
   * Puts the parts together.
   *
   * @throws IllegalArgumentException
   *           when a stop token of the manifest is not in the vocabulary
   */
  public static ServedModel of(ModelManifest manifest, Tokenizer tokenizer) {
    List<Integer> stops = manifest.stop().tokens().stream().flatMapToInt(token -> {
      int id = tokenizer.idOf(token);
      if (id < 0) {
        throw new IllegalArgumentException(
            "model '" + manifest.id() + "': the vocabulary has no token '" + token + "', which should end answers");
      }
      return IntStream.of(id);
    }).boxed().toList();
    return new ServedModel(manifest, tokenizer, PromptTemplate.named(manifest.prompt()),
        new PromptEncoder(tokenizer, manifest.language().addBos()), stops);
  }

  public String id() {
    return manifest.id();
  }

  /** Positions that a sequence may have. */
  public int maxContext() {
    return manifest.language().maxContext();
  }
}
