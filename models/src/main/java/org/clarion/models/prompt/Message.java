package org.clarion.models.prompt;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One turn of a conversation.
 *
 * @param role
 *          who speaks
 * @param parts
 *          what is said, in order; only a user's turn may show pictures
 */
public record Message(Role role, List<Part> parts) {
  /** Who speaks. */
  public enum Role {
    SYSTEM, USER, ASSISTANT
  }

  /** A piece of a turn. */
  public sealed interface Part {
    /** Words. */
    record Text(String text) implements Part {}

    /**
     * A picture.
     *
     * @param index
     *          number of the picture in the conversation, from 0
     */
    record Image(int index) implements Part {}
  }

  public Message {
    parts = List.copyOf(parts);
    if (role != Role.USER && parts.stream().anyMatch(Part.Image.class::isInstance)) {
      throw new IllegalArgumentException("only a user's message can show an image, not one of role " + role);
    }
  }

  public static Message system(String text) {
    return new Message(Role.SYSTEM, List.of(new Part.Text(text)));
  }

  public static Message user(String text) {
    return new Message(Role.USER, List.of(new Part.Text(text)));
  }

  public static Message user(Part... parts) {
    return new Message(Role.USER, Arrays.asList(parts));
  }

  public static Message assistant(String text) {
    return new Message(Role.ASSISTANT, List.of(new Part.Text(text)));
  }

  /** All words of the turn, joined without a separator. */
  public String text() {
    return parts.stream().filter(Part.Text.class::isInstance).map(part -> ((Part.Text) part).text())
        .collect(Collectors.joining());
  }
}
