package org.clarion.models.prompt;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How a family of models was taught to read a conversation. Stateless and thread-safe; rendering is pure.
 *
 * <p>
 * The names are {@code chatml} (SmolLM2's template with its default system message), {@code minigpt4} and
 * {@code skingpt4} (the same: Human and Assistant), {@code minigpt4-head} (its later form, whose open turn ends with a
 * space), {@code xraygpt} (Patient and Doctor) and {@code llama2} (MiniGPT-4's LLaMA-2 form).
 */
public interface PromptTemplate {

  /**
   * Renders a whole conversation up to the assistant's open turn.
   *
   * @param conversation
   *          ends with a user's message; system messages come first
   * @throws IllegalArgumentException
   *           when it does not
   */
  List<Segment> open(List<Message> conversation);

  /**
   * Renders what comes after a finished answer whose stop token or stop text is not part of the sequence: the end of
   * the answer, the user's turn and the assistant's open turn.
   *
   * @throws IllegalArgumentException
   *           when the message is not a user's
   */
  List<Segment> followUp(Message user);

  /** The same with a system message for conversations that bring none. */
  default PromptTemplate openedBy(String system) {
    return new OpenedTemplate(this, Message.system(system));
  }

  /** Every known template by name. */
  static Map<String, PromptTemplate> all() {
    PromptTemplate human = RoleTemplate.skin();
    return Map.of("chatml", new ChatMlTemplate(), "minigpt4", human, "skingpt4", human, "minigpt4-head",
        RoleTemplate.skinWithSpace(), "xraygpt", RoleTemplate.xray(), "llama2", RoleTemplate.llama2());
  }

  /**
   * The template of that name.
   *
   * @throws IllegalArgumentException
   *           when there is none; the message lists the known names
   */
  static PromptTemplate named(String name) {
    PromptTemplate template = all().get(name);
    if (template == null) {
      throw new IllegalArgumentException(
          "no prompt template is named '" + name + "'; known: " + new TreeMap<>(all()).keySet());
    }
    return template;
  }
}
