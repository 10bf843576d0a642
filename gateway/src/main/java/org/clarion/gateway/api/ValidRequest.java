package org.clarion.gateway.api;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.clarion.models.prompt.Message;

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
 *          stop strings of client and model
 * @param ignoreEos
 *          whether the model's own ends are ignored
 * @param delivery
 *          how the answer is sent
 * @param sessionId
 *          the session that this continues
 */
public record ValidRequest(boolean chat, ServedModel model, Input input, SamplingChoice sampling,
    OptionalInt maxTokens, List<String> stops, boolean ignoreEos, Delivery delivery, Optional<String> sessionId) {
  public ValidRequest {
    stops = List.copyOf(stops);
  }

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
   * @param topP
   *          mass in (0, 1]
   * @param topK
   *          0 for no limit
   * @param seed
   *          of the random numbers
   */
  public record SamplingChoice(float temperature, float topP, int topK, long seed) {}

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
