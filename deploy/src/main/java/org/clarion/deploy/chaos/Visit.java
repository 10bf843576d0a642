package org.clarion.deploy.chaos;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.SplittableRandom;
import org.clarion.deploy.demo.PictureUrl;
import org.clarion.training.phantom.PhantomGenerator;
import org.clarion.training.phantom.file.Picture;
import org.jspecify.annotations.Nullable;

/**
 * What one client asks: a question about a synthetic picture and another one after it. Half of the visits sample with a
 * seed, the others take the likeliest token.
 *
 * @param number
 *          of the visit
 * @param picture
 *          data URL
 * @param seed
 *          of what is sampled
 * @param sampled
 *          whether the temperature is above 0
 */
record Visit(int number, String picture, long seed, boolean sampled) {
  /** Turns of a visit. */
  static final int TURNS = 2;

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int PIXELS = 224;
  private static final double TEMPERATURE = 0.8;
  private static final String[] FIRST = {"Describe this picture.", "What do you see? Please be thorough.",
      "Write a report of the findings."};
  private static final String[] AFTER = {"What should be done next?", "How sure are you?", "Is it dangerous?"};

  /** A visit of its own for every number and seed. */
  static Visit of(int number, long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed * 31 + number);
    byte[] picture = Picture.JPEG.bytes(new PhantomGenerator(PIXELS).next(random.nextLong()));
    return new Visit(number, PictureUrl.of(picture), random.nextInt(Integer.MAX_VALUE), number % 2 == 1);
  }

  /**
   * The request of a turn.
   *
   * @param session
   *          the session that the first turn opened; null for that one
   */
  String body(String model, int turn, int tokens, @Nullable String session) {
    ObjectNode body = JSON.createObjectNode().put("model", model).put("stream", true).put("max_tokens", tokens)
        .put("ignore_eos", true).put("temperature", sampled ? TEMPERATURE : 0).put("seed", seed + turn);
    ObjectNode message = body.putArray("messages").addObject().put("role", "user");
    if (session == null) {
      var content = message.putArray("content");
      content.addObject().put("type", "text").put("text", FIRST[number % FIRST.length]);
      content.addObject().put("type", "image_url").putObject("image_url").put("url", picture);
    } else {
      body.put("session_id", session);
      message.put("content", AFTER[number % AFTER.length]);
    }
    return body.toString();
  }
}
