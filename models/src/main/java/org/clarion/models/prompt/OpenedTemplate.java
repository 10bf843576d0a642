package org.clarion.models.prompt;

import java.util.List;
import java.util.stream.Stream;

/** Another template whose conversations start with a system message, the given one where they bring none. */
record OpenedTemplate(PromptTemplate template, Message system) implements PromptTemplate {
  @Override
  public List<Segment> open(List<Message> conversation) {
    Conversations.requireOpen(conversation);
    return conversation.getFirst().role() == Message.Role.SYSTEM
        ? template.open(conversation)
        : template.open(Stream.concat(Stream.of(system), conversation.stream()).toList());
  }

  @Override
  public List<Segment> followUp(Message user) {
    return template.followUp(user);
  }
}
