package org.clarion.gateway.api;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import org.clarion.models.grammar.OutputFormat;
import org.clarion.models.prompt.Message;
import org.clarion.proto.v1.EarlyStopping;
import org.clarion.proto.v1.Priority;

/**
 * A request whose every field has been checked, as far as that is possible without decoding its images.
 *
 * @param chat
 *          chat completion, else text completion
 * @param model
 *          model that answers
 * @param input
 *          what is asked
 * @param sampling
 *          how tokens are chosen
 * @param maxTokens
 *          largest answer, if the client said
 * @param stops
 *          what ends the answer, by client and model
 * @param delivery
 *          how the answer is sent
 * @param sessionId
 *          the session that this continues
 * @param urgency
 *          how soon the answer is needed
 */
public record ValidRequest(boolean chat, ServedModel model, Input input, SamplingChoice sampling,
    OptionalInt maxTokens, Stops stops, Delivery delivery, Optional<String> sessionId, Urgency urgency) {
  /**
   * What ends an answer and is no part of it.
   *
   * @param texts
   *          strings, none empty
   * @param ids
   *          tokens
   */
  public record Stops(List<String> texts, List<Integer> ids) {
    public Stops {
      texts = List.copyOf(texts);
      ids = List.copyOf(ids);
    }
  }

  /**
   * How soon the answer is needed.
   *
   * @param priority
   *          whose turn comes first
   * @param timeout
   *          after which nobody wants the rest, to the millisecond
   */
  public record Urgency(Priority priority, Optional<Duration> timeout) {}

  /** What is asked. */
  public sealed interface Input {
    /**
     * Messages.
     *
     * @param messages
     *          ends with a user's; image parts count from 0 through the whole list
     * @param images
     *          the data URLs that they count
     */
    record Conversation(List<Message> messages, List<ImageSource> images) implements Input {
      public Conversation {
        messages = List.copyOf(messages);
        images = List.copyOf(images);
      }
    }

    /** Text to go on with. */
    record Text(String text) implements Input {}

    /**
     * Token ids to go on with, all within the vocabulary.
     *
     * @param ids
     *          owned by the record: not to be changed after construction
     */
    record Tokens(int[] ids) implements Input {}
  }

  /**
   * A picture not yet decoded.
   *
   * @param param
   *          path of the field that holds it
   * @param dataUrl
   *          not yet looked at
   */
  public record ImageSource(String param, String dataUrl) {}

  /**
   * How tokens are chosen.
   *
   * @param temperature
   *          0 to 2; 0 takes the likeliest
   * @param cut
   *          which tokens may be chosen
   * @param penalties
   *          what makes the answer's own tokens less likely
   * @param bias
   *          by token id, added to its logit
   * @param seed
   *          of the random numbers
   * @param logprobs
   *          how many likeliest tokens come with each token and its log probability; empty for neither
   * @param beams
   *          looks for the likeliest answer instead
   * @param format
   *          what the answer has to look like, known to be possible
   */
  public record SamplingChoice(float temperature, Cut cut, Penalties penalties, SortedMap<Integer, Float> bias,
      long seed, OptionalInt logprobs, Optional<Beams> beams, Optional<OutputFormat> format) {
    public SamplingChoice {
      bias = new TreeMap<>(bias);
    }
  }

  /**
   * Which tokens may be chosen.
   *
   * @param topP
   *          mass in (0, 1]
   * @param topK
   *          0 for no limit
   * @param minP
   *          share of the likeliest one's probability, in [0, 1]
   */
  public record Cut(float topP, int topK, float minP) {}

  /**
   * What makes the answer's own tokens less likely.
   *
   * @param repetition
   *          above 0, 1 for none
   * @param presence
   *          0 for none
   * @param frequency
   *          0 for none
   */
  public record Penalties(float repetition, float presence, float frequency) {}

  /**
   * A beam search.
   *
   * @param width
   *          open answers, at least 2
   * @param lengthPenalty
   *          power of the length by which scores are divided
   * @param stopping
   *          when it is over
   */
  public record Beams(int width, float lengthPenalty, EarlyStopping stopping) {}

  /**
   * How the answer is sent.
   *
   * @param stream
   *          as events
   * @param includeUsage
   *          with a last chunk of usage
   */
  public record Delivery(boolean stream, boolean includeUsage) {}
}
