package org.clarion.scheduler.simulate;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.clarion.scheduler.api.ImageHash;
import org.clarion.scheduler.api.Run;
import org.clarion.scheduler.api.SessionId;
import org.clarion.scheduler.api.SessionKey;
import org.clarion.scheduler.api.TenantId;
import org.clarion.scheduler.core.GenerationRequest;
import org.clarion.scheduler.core.Positions;
import org.clarion.scheduler.core.Sampling;
import org.clarion.scheduler.core.Terms;

/** A visit under way: how far the conversation came, and the answer that it waits for. Not thread-safe. */
final class Talk {
  /** Ends an answer. */
  static final int STOP = 2;
  /** What every answer consists of. */
  static final int WORD = 3;
  private static final int FIRST_ID = 4;
  private static final int VOCABULARY = 32_000;

  final Visit visit;
  final SessionKey session;
  private final SplittableRandom random;
  private Positions known = new Positions();
  private int turn;
  /** Where the last turn ran; -1 before the first. */
  int replica = -1;
  /** Positions of the last turn, which its replica may still have. */
  int held;
  long asked;
  long firstToken;
  long lastToken;
  /** Positions of this turn's prompt. */
  int prompt;
  /** Prompt positions that wait to be computed, as the router counts them. */
  int unread;

  Talk(Visit visit, TenantId tenant, long number, long seed) {
    this.visit = visit;
    session = new SessionKey(tenant, new SessionId("v" + number));
    random = new SplittableRandom(seed ^ number * 0x9E3779B97F4A7C15L);
  }

  Visit.Turn now() {
    return visit.turns().get(turn);
  }

  boolean first() {
    return turn == 0;
  }

  /** The question with all that went before it. */
  GenerationRequest ask(int imageTokens, long at) {
    List<Run> runs = new ArrayList<>();
    int template = turn == 0 ? visit.template() : 0;
    if (template > 0) {
      runs.add(new Run.Tokens(IntStream.range(FIRST_ID, FIRST_ID + template).toArray()));
    }
    for (int i = 0; turn == 0 && i < visit.images(); i++) {
      byte[] hash = new byte[ImageHash.BYTES];
      random.nextBytes(hash);
      runs.add(new Run.Image(ImageHash.of(hash), imageTokens));
    }
    runs.add(new Run.Tokens(random.ints(now().prompt() - template, FIRST_ID, VOCABULARY).toArray()));
    runs.forEach(known::append);
    prompt = known.length();
    asked = at;
    firstToken = 0;
    lastToken = 0;
    return new GenerationRequest(session, known.copy(), Sampling.GREEDY, now().most(), new int[]{STOP}, List.of(),
        new int[0], null, new Terms(visit.clinical(), null));
  }

  /** The next turn, if there is one, begins with this. */
  boolean goOn(Positions answered) {
    known = answered;
    held = answered.length();
    return ++turn < visit.turns().size();
  }

  /** What the ranks sample at this position: words, and a stop where the answer ends. */
  int sample(int position) {
    return position - prompt < now().answer() ? WORD : STOP;
  }
}
