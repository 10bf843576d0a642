package org.clarion.gateway.flow;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.clarion.gateway.api.ApiError;
import org.clarion.gateway.api.ServedModel;
import org.clarion.gateway.api.ValidRequest;
import org.clarion.gateway.api.ValidRequest.Input;
import org.clarion.models.image.PixelTensor;
import org.clarion.models.manifest.ModelManifest;
import org.clarion.models.prompt.EncodedSegment;
import org.clarion.models.prompt.Message.Part;
import org.clarion.models.prompt.Segment;
import org.clarion.proto.v1.ImageSegment;
import org.clarion.proto.v1.PromptSegment;
import org.clarion.proto.v1.TokenSegment;

/** From a valid request to token ids and pixel tensors. Thread-safe; blocks while pictures are decoded. */
final class PromptBuilder {
  /**
   * Text with more characters than this for each position of the context is refused unread: tokenising what cannot fit
   * would take seconds of a processor. The longest tokens of usual vocabularies have half as many.
   */
  static final int CHARACTERS_PER_POSITION = 128;

  private final PictureDesk pictures;

  PromptBuilder(PictureDesk pictures) {
    this.pictures = pictures;
  }

  /**
   * Builds the prompt.
   *
   * @throws org.clarion.gateway.api.ApiException
   *           when a picture is refused, or the prompt leaves no room for an answer
   */
  Prompt build(ValidRequest request) throws InterruptedException {
    ServedModel model = request.model();
    refuseHopeless(request);
    refuseBlind(request);
    List<PixelTensor> tensors = List.of();
    ModelManifest.Vision vision = model.manifest().vision();
    if (request.input() instanceof Input.Conversation talk && vision != null && !talk.images().isEmpty()) {
      tensors = pictures.prepare(talk.images(), vision.imageSize());
    }
    Prompt prompt = assemble(encoded(request), tensors, vision == null ? 0 : vision.tokens());
    // One position must be left for the answer.
    if (prompt.positions() >= model.maxContext()) {
      throw ApiError.invalid("context_length_exceeded", request.chat() ? "messages" : "prompt",
          "The prompt takes " + prompt.positions() + " positions, but the context of model '" + model.id() + "' has "
              + model.maxContext() + ", and at least one must be left for the answer")
          .exception();
    }
    return prompt;
  }

  private static void refuseHopeless(ValidRequest request) {
    ServedModel model = request.model();
    long characters = switch (request.input()) {
      case Input.Tokens _ -> 0;
      case Input.Text text -> text.text().length();
      case Input.Conversation talk -> talk.messages().stream().flatMap(message -> message.parts().stream())
          .mapToLong(part -> part instanceof Part.Text text ? text.text().length() : 0).sum();
    };
    long limit = (long) CHARACTERS_PER_POSITION * model.maxContext();
    if (characters > limit) {
      throw ApiError.invalid("context_length_exceeded", request.chat() ? "messages" : "prompt",
          "The prompt has " + characters + " characters; the context of model '" + model.id() + "' has "
              + model.maxContext() + " positions, and text of more than " + limit + " characters cannot fit")
          .exception();
    }
  }

  /** A model that only knows pictures would make up one. A session that goes on has had its own. */
  private static void refuseBlind(ValidRequest request) {
    ModelManifest.Vision vision = request.model().manifest().vision();
    if (vision != null && vision.required() && request.sessionId().isEmpty()
        && request.input() instanceof Input.Conversation talk && talk.images().isEmpty()) {
      throw ApiError.invalid("image_missing", "messages", "Model '" + request.model().id()
          + "' answers questions about a picture: send one with the first question").exception();
    }
  }

  private static List<EncodedSegment> encoded(ValidRequest request) {
    ServedModel model = request.model();
    return switch (request.input()) {
      case Input.Tokens tokens -> List.of(new EncodedSegment.Tokens(tokens.ids()));
      case Input.Text text -> model.encoder().encode(List.of(new Segment.Text(text.text())));
      case Input.Conversation talk -> {
        try {
          yield request.sessionId().isPresent()
              ? model.encoder().encodeFollowUp(model.template().followUp(talk.messages().getLast()))
              : model.encoder().encode(model.template().open(talk.messages()));
        } catch (IllegalArgumentException e) {
          // The template's rules: it names the message's number, never its words.
          throw ApiError.invalid("invalid_messages", "messages", "The conversation cannot be rendered: "
              + e.getMessage()).exception();
        }
      }
    };
  }

  private static Prompt assemble(List<EncodedSegment> encoded, List<PixelTensor> tensors, int imageTokens) {
    List<PromptSegment> segments = new ArrayList<>();
    Map<ByteString, PixelTensor> pixels = new HashMap<>();
    int positions = 0;
    for (EncodedSegment segment : encoded) {
      switch (segment) {
        case EncodedSegment.Tokens tokens -> {
          TokenSegment.Builder ids = TokenSegment.newBuilder();
          IntStream.of(tokens.ids()).forEach(ids::addIds);
          segments.add(PromptSegment.newBuilder().setTokens(ids).build());
          positions += tokens.ids().length;
        }
        case EncodedSegment.Image image -> {
          PixelTensor tensor = tensors.get(image.index());
          ByteString hash = ByteString.copyFrom(tensor.sha256());
          pixels.put(hash, tensor);
          segments.add(PromptSegment.newBuilder()
              .setImage(ImageSegment.newBuilder().setImageHash(hash).setTokens(imageTokens)).build());
          positions += imageTokens;
        }
      }
    }
    return new Prompt(segments, pixels, positions);
  }
}
