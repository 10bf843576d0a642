package org.clarion.scheduler.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.clarion.scheduler.api.EmbeddingKey;
import org.clarion.scheduler.api.ImageHash;
import org.clarion.scheduler.api.Run;
import org.clarion.scheduler.api.SessionId;
import org.clarion.scheduler.api.SessionKey;
import org.clarion.scheduler.api.TenantId;

/** Requests and limits for tests, and a model in a few lines. */
final class Fixtures {
  static final int STOP = 2;
  static final int VOCABULARY = 97;
  static final SchedulerLimits LIMITS = new SchedulerLimits(64, 16, 8, 32, 16, 32, Duration.ofSeconds(30));

  private Fixtures() {}

  static SessionKey session(String tenant, String id) {
    return new SessionKey(new TenantId(tenant), new SessionId(id));
  }

  static ImageHash image(int number) {
    return new ImageHash("%064x".formatted(number));
  }

  static EmbeddingKey key(String tenant, int image) {
    return new EmbeddingKey(new TenantId(tenant), image(image));
  }

  static Run tokens(int count, int first) {
    int[] ids = new int[count];
    for (int i = 0; i < count; i++) {
      ids[i] = 3 + (first + i) % (VOCABULARY - 3);
    }
    return new Run.Tokens(ids);
  }

  static GenerationRequest request(SessionKey session, Positions prompt, int maxTokens) {
    return new GenerationRequest(session, prompt, Sampling.GREEDY, maxTokens, new int[]{STOP}, new int[0]);
  }

  static GenerationRequest request(String tenant, String session, int promptTokens, int maxTokens) {
    return request(session(tenant, session), Positions.of(List.of(tokens(promptTokens, session.hashCode() & 63))),
        maxTokens);
  }

  /** What follows a sequence: a hash of all of it. Now and then the stop token. */
  static int next(List<Integer> prefix) {
    int hash = 17;
    for (int id : prefix) {
      hash = hash * 31 + id;
    }
    int token = Math.floorMod(hash ^ (hash >>> 15), VOCABULARY);
    return token < 3 ? STOP : token;
  }

  /** The answer that a model of {@link #next} gives, without batching or caching. */
  static List<Integer> answer(List<Run> prompt, int maxTokens) {
    List<Integer> prefix = new ArrayList<>();
    prompt.forEach(run -> flatten(run, prefix));
    List<Integer> answer = new ArrayList<>();
    while (answer.size() < maxTokens) {
      int token = next(prefix);
      if (token == STOP) {
        break;
      }
      answer.add(token);
      prefix.add(token);
    }
    return answer;
  }

  /** What the replica's memory holds at a position of an image. */
  static int cell(ImageHash image, int offset) {
    return -1 - Math.floorMod(image.hashCode() * 31 + offset, 1_000_000);
  }

  private static void flatten(Run run, List<Integer> into) {
    switch (run) {
      case Run.Tokens tokens -> {
        for (int id : tokens.ids()) {
          into.add(id);
        }
      }
      case Run.Image image -> {
        for (int i = 0; i < image.count(); i++) {
          into.add(cell(image.hash(), i));
        }
      }
    }
  }
}
