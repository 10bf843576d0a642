package org.clarion.models.prompt;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * ChatML as SmolLM2 uses it: {@code <|im_start|>role\ncontent<|im_end|>\n}, a default system message when the
 * conversation does not start with one. A picture stands at its place in the user's content; the model's family defines
 * no form for pictures, so words that follow one start on a new line.
 */
final class ChatMlTemplate implements PromptTemplate {
  private static final String DEFAULT_SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face";
  private static final String END = "<|im_end|>\n";
  private static final String OPEN = "<|im_start|>assistant\n";

  @Override
  public List<Segment> open(List<Message> conversation) {
    Conversations.requireOpen(conversation);
    List<Segment> segments = new ArrayList<>();
    if (conversation.getFirst().role() != Message.Role.SYSTEM) {
      segments.add(new Segment.Template(start(Message.Role.SYSTEM) + DEFAULT_SYSTEM + END));
    }
    for (Message message : conversation) {
      turn(message, "", segments);
    }
    segments.add(new Segment.Template(OPEN));
    return List.copyOf(segments);
  }

  @Override
  public List<Segment> followUp(Message user) {
    Conversations.requireUser(user);
    List<Segment> segments = new ArrayList<>();
    turn(user, END, segments);
    segments.add(new Segment.Template(OPEN));
    return List.copyOf(segments);
  }

  private static String start(Message.Role role) {
    return "<|im_start|>" + role.name().toLowerCase(Locale.ROOT) + "\n";
  }

  private static void turn(Message message, String before, List<Segment> segments) {
    segments.add(new Segment.Template(before + start(message.role())));
    boolean afterImage = false;
    for (Message.Part part : message.parts()) {
      switch (part) {
        case Message.Part.Text text -> {
          if (afterImage) {
            segments.add(new Segment.Template("\n"));
          }
          segments.add(new Segment.Text(text.text()));
          afterImage = false;
        }
        case Message.Part.Image image -> {
          segments.add(new Segment.Image(image.index()));
          afterImage = true;
        }
      }
    }
    segments.add(new Segment.Template(END));
  }
}
