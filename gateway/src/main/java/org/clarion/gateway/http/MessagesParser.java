package org.clarion.gateway.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.clarion.gateway.api.ApiError;
import org.clarion.gateway.api.ServedModel;
import org.clarion.gateway.api.ValidRequest.ImageSource;
import org.clarion.gateway.api.ValidRequest.Input;
import org.clarion.models.prompt.Message;
import org.clarion.models.prompt.Message.Part;
import org.clarion.models.prompt.Message.Role;

/** The {@code messages} of a chat request. One object parses one request; not thread-safe. */
final class MessagesParser {
  private static final Map<String, Role> ROLES = Map.of("system", Role.SYSTEM, "developer", Role.SYSTEM, "user",
      Role.USER, "assistant", Role.ASSISTANT);

  private final ServedModel model;
  private final int maxImages;
  private final List<ImageSource> images = new ArrayList<>();

  MessagesParser(ServedModel model, int maxImages) {
    this.model = model;
    this.maxImages = maxImages;
  }

  /**
   * Parses the messages.
   *
   * @param lastOnly
   *          whether the session knows everything but the last message
   */
  Input parse(JsonFields fields, boolean lastOnly) {
    JsonNode list = fields.raw("messages");
    if (list.isMissingNode()) {
      throw RequestParser.missing("messages");
    }
    if (!list.isArray()) {
      throw JsonFields.wrongType("messages", "an array", list);
    }
    if (list.isEmpty()) {
      throw RequestParser.emptyPrompt("messages");
    }
    List<Message> messages = new ArrayList<>();
    for (int i = lastOnly ? list.size() - 1 : 0; i < list.size(); i++) {
      messages.add(message(list.get(i), "messages[" + i + "]"));
    }
    Message last = messages.getLast();
    String where = "messages[" + (list.size() - 1) + "]";
    if (last.role() != Role.USER) {
      throw ApiError.invalid("invalid_value", where + ".role",
          "The last message must be the user's, not of role '" + list.get(list.size() - 1).path("role").asText() + "'")
          .exception();
    }
    if (last.parts().stream().noneMatch(part -> part instanceof Part.Image || !((Part.Text) part).text().isBlank())) {
      throw RequestParser.emptyPrompt(where + ".content");
    }
    return new Input.Conversation(messages, images);
  }

  private Message message(JsonNode node, String where) {
    if (!node.isObject()) {
      throw JsonFields.wrongType(where, "an object", node);
    }
    JsonFields fields = new JsonFields(node, where);
    String name = fields.string("role").orElseThrow(() -> RequestParser.missing(where + ".role"));
    Role role = ROLES.get(name);
    if (role == null) {
      throw ApiError
          .invalid("invalid_value", where + ".role", where + ".role must be one of system, developer, user and"
              + " assistant, not '" + RequestParser.shortened(name) + "'")
          .exception();
    }
    JsonNode content = fields.raw("content");
    if (content.isTextual()) {
      return new Message(role, List.of(new Part.Text(content.textValue())));
    }
    if (content.isMissingNode() && role == Role.ASSISTANT) {
      return new Message(role, List.of());
    }
    if (content.isMissingNode()) {
      throw RequestParser.missing(where + ".content");
    }
    if (!content.isArray()) {
      throw JsonFields.wrongType(where + ".content", "a string or an array of parts", content);
    }
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < content.size(); i++) {
      parts.add(part(content.get(i), where + ".content[" + i + "]", role));
    }
    return new Message(role, parts);
  }

  private Part part(JsonNode node, String where, Role role) {
    if (!node.isObject()) {
      throw JsonFields.wrongType(where, "an object", node);
    }
    JsonFields fields = new JsonFields(node, where);
    String type = fields.string("type").orElseThrow(() -> RequestParser.missing(where + ".type"));
    return switch (type) {
      case "text" ->
        new Part.Text(fields.string("text").orElseThrow(() -> RequestParser.missing(where + ".text")));
      case "image_url" -> image(fields, where, role);
      default -> throw ApiError.invalid("invalid_value", where + ".type",
          where + ".type must be text or image_url, not '" + RequestParser.shortened(type) + "'").exception();
    };
  }

  private Part image(JsonFields fields, String where, Role role) {
    if (role != Role.USER) {
      throw ApiError.invalid("invalid_value", where, "Only a user's message can show an image").exception();
    }
    if (model.manifest().vision() == null) {
      throw ApiError.invalid("images_unsupported", where, "Model '" + model.id() + "' does not take images")
          .exception();
    }
    JsonNode holder = fields.raw("image_url");
    if (!holder.isTextual() && !holder.isObject() && !holder.isMissingNode()) {
      throw JsonFields.wrongType(where + ".image_url", "an object or a string", holder);
    }
    String param = holder.isTextual() ? where + ".image_url" : where + ".image_url.url";
    String url = holder.isTextual()
        ? holder.textValue()
        : new JsonFields(holder, where + ".image_url").string("url").orElseThrow(() -> RequestParser.missing(param));
    if (images.size() == maxImages) {
      throw ApiError.invalid("too_many_images", param, "The request has more than " + maxImages + " images")
          .exception();
    }
    images.add(new ImageSource(param, url));
    return new Part.Image(images.size() - 1);
  }
}
