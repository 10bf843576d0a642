package org.clarion.loadtest.app;

import java.util.Arrays;
import org.clarion.loadtest.api.Outcome;
import org.clarion.loadtest.core.StreamEvent;
import org.jspecify.annotations.Nullable;

/** The times of one stream. One owning thread. */
final class Measured {
  private final long sent;
  private long[] gaps;
  private int outputs;
  private long first;
  private long last;
  private boolean finished;
  private long end;
  private StreamEvent.@Nullable Usage usage;

  Measured(long sent, int expectedTokens) {
    this.sent = sent;
    this.gaps = new long[Math.min(expectedTokens, 4096)];
  }

  void output(long now) {
    if (outputs == 0) {
      first = now;
    } else {
      if (outputs > gaps.length) {
        gaps = Arrays.copyOf(gaps, gaps.length * 2);
      }
      gaps[outputs - 1] = now - last;
    }
    last = now;
    outputs++;
  }

  void finish(long now, boolean withText) {
    if (withText) {
      output(now);
    }
    finished = true;
    end = now;
  }

  void usage(StreamEvent.Usage counted) {
    this.usage = counted;
  }

  Outcome outcome(long queued) {
    if (!finished) {
      return new Outcome.Failed(queued, "truncated", "the stream ended without a finish reason");
    }
    if (outputs == 0 && usage != null && usage.newTokens() > 0) {
      output(end); // a single token may be a part of a character, which no event shows
    }
    if (outputs == 0) {
      return new Outcome.Failed(queued, "empty", "the answer has no text");
    }
    long tokens = usage == null || usage.newTokens() == 0 ? outputs : usage.newTokens();
    return new Outcome.Completed(queued, first - sent, last - sent, Arrays.copyOf(gaps, outputs - 1), usage == null
        ? 0
        : usage.promptTokens(), usage == null ? 0 : usage.cachedTokens(), tokens);
  }
}
