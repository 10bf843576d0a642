package org.clarion.models.prompt;

import java.util.List;

/** Rules that every template puts on a conversation. */
final class Conversations {
  private Conversations() {}

  /** Refuses what cannot be continued by an answer. */
  static void requireOpen(List<Message> conversation) {
    if (conversation.isEmpty()) {
      throw new IllegalArgumentException("a conversation needs at least one message");
    }
    requireUser(conversation.getLast());
    boolean spoken = false;
    for (int i = 0; i < conversation.size(); i++) {
      boolean system = conversation.get(i).role() == Message.Role.SYSTEM;
      if (system && spoken) {
        throw new IllegalArgumentException("message " + i + " is a system message after the conversation began");
      }
      spoken |= !system;
    }
  }

  static void requireUser(Message message) {
    if (message.role() != Message.Role.USER) {
      throw new IllegalArgumentException("the last message must be the user's, not of role " + message.role());
    }
  }
}
