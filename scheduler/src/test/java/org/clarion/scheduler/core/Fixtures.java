package org.clarion.scheduler.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
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
  static final List<ClinicalClass> CLASSES = List.of(ClinicalClass.values());
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

  /**
   * What follows a sequence: mostly what followed the last place that says the same, as in reports; otherwise
   * {@link #next}.
   */
  static int nextPhrase(List<Integer> prefix) {
    int end = prefix.size();
    if (end > 2 && Math.floorMod(prefix.hashCode(), 6) != 0) {
      for (int at = end - 1; at >= 2; at--) {
        if (prefix.get(at) >= 0 && prefix.get(at - 1).equals(prefix.get(end - 1))
            && prefix.get(at - 2).equals(prefix.get(end - 2))) {
          return prefix.get(at);
        }
      }
    }
    return next(prefix);
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

  /** The answer that a model of {@link #nextPhrase} gives, without batching or caching. */
  static List<Integer> answer(List<Run> prompt, int maxTokens) {
    List<Integer> prefix = new ArrayList<>();
    prompt.forEach(run -> flatten(run, prefix));
    List<Integer> answer = new ArrayList<>();
    while (answer.size() < maxTokens) {
      int token = nextPhrase(prefix);
      if (token == STOP) {
        break;
      }
      answer.add(token);
      prefix.add(token);
    }
    return answer;
  }

  /** Log probabilities of what may follow a sequence: a hash of all of it. */
  static float[] chances(List<Integer> prefix) {
    long hash = prefix.hashCode() * 31L + prefix.size();
    float[] chances = new float[VOCABULARY];
    double total = 0;
    for (int id = 0; id < VOCABULARY; id++) {
      hash = hash * 6364136223846793005L + 1442695040888963407L;
      chances[id] = (hash >>> 40) * 0x1p-21f + (id == STOP ? 3 : 0);
      total += Math.exp(chances[id]);
    }
    for (int id = 0; id < VOCABULARY; id++) {
      chances[id] -= (float) Math.log(total);
    }
    return chances;
  }

  static TokenChances likeliest(List<Integer> prefix, int count) {
    float[] chances = chances(prefix);
    int[] ids = IntStream.range(0, VOCABULARY).boxed()
        .sorted(Comparator.comparingDouble((Integer id) -> -chances[id]).thenComparing(id -> id)).limit(count)
        .mapToInt(id -> id).toArray();
    float[] logs = new float[ids.length];
    for (int i = 0; i < ids.length; i++) {
      logs[i] = chances[ids[i]];
    }
    return new TokenChances(0, ids, logs);
  }

  /** The best answer of a beam search that computes everything anew at every step. */
  static List<Integer> beamAnswer(List<Run> prompt, int maxTokens, BeamSettings settings) {
    record Hypothesis(List<Integer> tokens, double score) {}
    List<Integer> start = new ArrayList<>();
    prompt.forEach(run -> flatten(run, start));
    int width = settings.width();
    Comparator<Hypothesis> best = Comparator.comparingDouble(Hypothesis::score).reversed();
    List<Hypothesis> running = List.of(new Hypothesis(List.of(), 0));
    List<Hypothesis> finished = new ArrayList<>();
    for (int length = 1; length <= maxTokens; length++) {
      double norm = Math.pow(length, settings.lengthPenalty());
      List<Hypothesis> all = new ArrayList<>();
      for (Hypothesis hypothesis : running) {
        List<Integer> prefix = new ArrayList<>(start);
        prefix.addAll(hypothesis.tokens());
        TokenChances chances = likeliest(prefix, VOCABULARY);
        for (int i = 0; i < VOCABULARY; i++) {
          List<Integer> longer = new ArrayList<>(hypothesis.tokens());
          longer.add(chances.ids()[i]);
          all.add(new Hypothesis(longer, hypothesis.score() + chances.logProbabilities()[i]));
        }
      }
      all.sort(best);
      for (Hypothesis hypothesis : all.subList(0, width)) {
        boolean stopped = hypothesis.tokens().getLast() == STOP;
        if (stopped || length == maxTokens) {
          finished.add(new Hypothesis(hypothesis.tokens().subList(0, length - (stopped ? 1 : 0)),
              hypothesis.score() / norm));
        }
      }
      finished.sort(best);
      finished = new ArrayList<>(finished.subList(0, Math.min(finished.size(), width)));
      running = all.stream().filter(h -> h.tokens().getLast() != STOP).limit(width).toList();
      double longest = settings.stopping() == BeamSettings.Stopping.NEVER && settings.lengthPenalty() > 0
          ? Math.pow(maxTokens, settings.lengthPenalty())
          : norm;
      if (finished.size() == width && (settings.stopping() == BeamSettings.Stopping.ALWAYS
          || running.getFirst().score() / longest <= finished.getLast().score())) {
        break;
      }
    }
    return finished.getFirst().tokens();
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
