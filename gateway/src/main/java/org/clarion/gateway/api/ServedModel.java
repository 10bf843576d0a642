package org.clarion.gateway.api;

import java.util.List;
import java.util.stream.IntStream;
import org.clarion.models.grammar.Vocabulary;
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
 * @param vocabulary
 *          the bytes of its tokens
 */
public record ServedModel(ModelManifest manifest, Tokenizer tokenizer, PromptTemplate template, PromptEncoder encoder,
    List<Integer> stopTokens, Vocabulary vocabulary) {
  public ServedModel {
    stopTokens = List.copyOf(stopTokens);
  }

  /**
   * Puts the parts together.
   *
   * @throws IllegalArgumentException
   *           when a stop token or id of the manifest is not in the vocabulary
   */
  public static ServedModel of(ModelManifest manifest, Tokenizer tokenizer) {
    IntStream spelled = manifest.stop().tokens().stream().mapToInt(token -> {
      int id = tokenizer.idOf(token);
      if (id < 0) {
        throw new IllegalArgumentException(
            "model '" + manifest.id() + "': the vocabulary has no token '" + token + "', which should end answers");
      }
      return id;
    });
    IntStream numbered = manifest.stop().ids().stream().mapToInt(Integer::intValue).peek(id -> {
      if (id >= tokenizer.vocabularySize()) {
        throw new IllegalArgumentException("model '" + manifest.id() + "': stop id " + id
            + " is not in the vocabulary of " + tokenizer.vocabularySize());
      }
    });
    List<Integer> stops = IntStream.concat(spelled, numbered).distinct().boxed().toList();
    return new ServedModel(manifest, tokenizer, manifest.prompt().template(),
        new PromptEncoder(tokenizer, manifest.language().addBos()), stops, new Vocabulary(
            tokenizer.tokenTable(), tokenizer.vocabularySize()));
  }

  public String id() {
    return manifest.id();
  }

  /** Positions that a sequence may have. */
  public int maxContext() {
    return manifest.language().maxContext();
  }
}
