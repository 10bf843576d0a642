package org.clarion.models.prompt;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The prompts of MiniGPT-4's family: system text, then turns that start with a role's name and end with a separator;
 * pictures stand between {@code <Img>} and {@code </Img>}, which are ordinary text for LLaMA's vocabulary.
 *
 * @param system
 *          system text unless the conversation brings its own; may be empty
 * @param afterSystem
 *          what ends a system text
 * @param user
 *          what starts a user's turn
 * @param assistant
 *          what ends it and opens the assistant's
 * @param between
 *          what ends an answer
 */
record RoleTemplate(String system, String afterSystem, String user, String assistant, String between)
    implements
      PromptTemplate {
  private static final String SKIN_SYSTEM = "Give the following image: <Img>ImageContent</Img>. You will be able to see"
      + " the image once I provide it to you. Please answer my questions.";
  private static final String XRAY_SYSTEM = "You are an experienced Doctor, give the following medical scan:"
      + " <Img>ImageContent</Img>. You will be able to see the medical scan once I provide it to you."
      + " Please answer my questions.";
  private static final String OPENING = "<Img>";
  private static final String CLOSING = "</Img>";

  static RoleTemplate skin() {
    return new RoleTemplate(SKIN_SYSTEM, "###", "Human: ", "###Assistant:", "###");
  }

  static RoleTemplate skinWithSpace() {
    return new RoleTemplate(SKIN_SYSTEM, "###", "Human: ", "###Assistant: ", "###");
  }

  static RoleTemplate xray() {
    return new RoleTemplate(XRAY_SYSTEM, "###", "Patient: ", "###Doctor:", "###");
  }

  static RoleTemplate llama2() {
    return new RoleTemplate("", "", "<s>[INST] ", " [/INST] ", "");
  }

  @Override
  public List<Segment> open(List<Message> conversation) {
    Conversations.requireOpen(conversation);
    List<Segment> segments = new ArrayList<>();
    String ownSystem = conversation.stream().filter(message -> message.role() == Message.Role.SYSTEM).map(Message::text)
        .collect(Collectors.joining("\n"));
    if (ownSystem.isEmpty()) {
      segments.add(new Segment.Template(system));
    } else {
      segments.add(new Segment.Text(ownSystem));
    }
    segments.add(new Segment.Template(afterSystem));
    for (Message message : conversation) {
      switch (message.role()) {
        case SYSTEM -> {
        }
        case USER -> turn(message, segments);
        case ASSISTANT -> {
          // The originals keep the trimmed answer and put it straight behind the role's colon.
          segments.add(new Segment.Text(message.text().strip()));
          segments.add(new Segment.Template(between));
        }
      }
    }
    return List.copyOf(segments);
  }

  @Override
  public List<Segment> followUp(Message message) {
    Conversations.requireUser(message);
    List<Segment> segments = new ArrayList<>();
    segments.add(new Segment.Template(between));
    turn(message, segments);
    return List.copyOf(segments);
  }

  private void turn(Message message, List<Segment> segments) {
    segments.add(new Segment.Template(user));
    boolean afterImage = false;
    boolean afterWord = false;
    for (Message.Part part : message.parts()) {
      switch (part) {
        case Message.Part.Text text -> {
          if (afterImage) {
            segments.add(new Segment.Template(" "));
          }
          segments.add(new Segment.Text(text.text()));
          afterImage = false;
          afterWord = !text.text().isEmpty() && !Character.isWhitespace(text.text().charAt(text.text().length() - 1));
        }
        case Message.Part.Image image -> {
          segments.add(new Segment.Template(afterWord ? " " + OPENING : OPENING));
          segments.add(new Segment.Image(image.index()));
          segments.add(new Segment.Template(CLOSING));
          afterImage = true;
          afterWord = false;
        }
      }
    }
    segments.add(new Segment.Template(assistant));
  }
}
