package org.clarion.gateway.http;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponseWriter;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.clarion.gateway.api.ApiError;
import org.clarion.gateway.core.AnswerFormat;
import org.clarion.gateway.core.TokenLogprob;
import org.clarion.gateway.core.Usage;
import org.clarion.gateway.flow.Reply;
import org.jspecify.annotations.Nullable;

/**
 * An answer as server-sent events. A few chunks are in flight at once; while the reader has not taken them, further
 * text is collected and leaves as one chunk later, and when that reaches its bound the source is asked to wait. An
 * event's id is the number of the answer's tokens told with it and before: from there a reader may go on at any
 * gateway. Comments keep an idle connection open; a reader that takes nothing for too long is cut off.
 *
 * <p>
 * Any thread may call; nothing blocks.
 */
final class StreamReply implements Reply {
  /** Chunks handed to the connection and not yet taken. */
  private static final int MAX_IN_FLIGHT = 4;
  /** Characters that wait for a slow reader. */
  static final int MAX_PENDING = 16 << 10;
  /** Of one token's log probability. */
  private static final int LOGPROB_LENGTH = 64;
  private static final Duration RETRY = Duration.ofMillis(500);
  private static final byte[] HEARTBEAT = ": keep-alive\n\n".getBytes(StandardCharsets.US_ASCII);

  private final HttpResponseWriter writer;
  private final AnswerHeaders headers;
  private final AnswerFormat format;
  private final boolean chat;
  private final Pace pace;
  private final Object lock = new Object();
  // Guarded by lock.
  private final StringBuilder pending = new StringBuilder();
  private final List<TokenLogprob> logprobs = new ArrayList<>();
  private Runnable drained = () -> {
  };
  private boolean full;
  private boolean opened;
  private boolean closed;
  private int inFlight;
  /** Tokens told with what is written or waits: the id of the next event. */
  private int position;
  private long lastMove = System.nanoTime();
  private @Nullable Future<?> heartbeat;

  /**
   * Times of the connection.
   *
   * @param timer
   *          runs the heartbeat
   * @param heartbeat
   *          longest silence
   * @param patience
   *          with a reader that takes nothing
   */
  record Pace(ScheduledExecutorService timer, Duration heartbeat, Duration patience) {}

  /**
   * What clients get beside the content type.
   *
   * @param session
   *          session's id
   * @param generation
   *          generation's id
   * @param seed
   *          with which the answer can be had again
   */
  record AnswerHeaders(String session, String generation, long seed) {
    ResponseHeadersBuilder builder() {
      return ResponseHeaders.builder(HttpStatus.OK).set("x-clarion-session", session)
          .set("x-clarion-generation", generation).set("x-clarion-seed", Long.toString(seed))
          .set(HttpHeaderNames.CACHE_CONTROL, "no-store");
    }
  }

  /**
   * Not open yet.
   *
   * @param told
   *          tokens whose text the reader has already
   */
  StreamReply(HttpResponseWriter writer, AnswerHeaders headers, AnswerFormat format, boolean chat, int told,
      Pace pace) {
    this.position = told;
    this.writer = writer;
    this.headers = headers;
    this.format = format;
    this.chat = chat;
    this.pace = pace;
  }

  @Override
  public void onDrained(Runnable action) {
    synchronized (lock) {
      drained = action;
    }
  }

  @Override
  public void open() {
    synchronized (lock) {
      if (opened || closed) {
        return;
      }
      opened = true;
      // The second header tells a buffering proxy to pass events on as they come.
      closed = !writer.tryWrite(headers.builder().set(HttpHeaderNames.CONTENT_TYPE, "text/event-stream; charset=utf-8")
          .set("x-accel-buffering", "no").build());
      if (chat && position == 0) {
        write(format.role(0));
      }
      if (!closed) {
        long period = pace.heartbeat().toMillis();
        heartbeat = pace.timer().scheduleWithFixedDelay(this::beat, period, period, TimeUnit.MILLISECONDS);
      }
    }
  }

  @Override
  public boolean text(String piece, List<TokenLogprob> more, int tokens) {
    synchronized (lock) {
      if (closed) {
        return true;
      }
      pending.append(piece);
      logprobs.addAll(more);
      position = tokens;
      if (inFlight < MAX_IN_FLIGHT) {
        writePending();
      }
      full = waiting() >= MAX_PENDING;
      return !full;
    }
  }

  @Override
  public void finish(String rest, List<TokenLogprob> more, String reason, Usage usage) {
    open();
    synchronized (lock) {
      if (closed) {
        return;
      }
      writePending();
      // In one event with the end: a reader has both or neither, and so knows whether it has the rest.
      write(format.finish(position, rest, more, reason));
      byte[] last = format.usage(position, usage);
      if (last != null) {
        write(last);
      }
      end();
    }
  }

  @Override
  public void fail(ApiError error) {
    synchronized (lock) {
      if (closed) {
        return;
      }
      if (opened) {
        writePending();
        write(AnswerFormat.event(position, error.json()));
        end();
      } else {
        closed = true;
        var _ = writer.tryWrite(Responses.errorHeaders(error));
        var _ = writer.tryWrite(HttpData.ofUtf8(error.json()));
        writer.close();
      }
    }
  }

  @Override
  public void part() {
    synchronized (lock) {
      if (closed) {
        return;
      }
      if (!opened) {
        fail(ApiError.unavailable("unavailable", "The gateway is stopping", RETRY));
        return;
      }
      writePending();
      write(AnswerFormat.retry(RETRY.toMillis()));
      shut();
    }
  }

  /** Characters that wait, about; a token's probabilities count like what they are written as. */
  private int waiting() {
    return pending.length()
        + (logprobs.isEmpty() ? 0 : LOGPROB_LENGTH * (1 + logprobs.getLast().top().size()) * logprobs.size());
  }

  private void end() {
    write(AnswerFormat.done());
    shut();
  }

  private void shut() {
    closed = true;
    if (heartbeat != null) {
      heartbeat.cancel(false);
    }
    writer.close();
  }

  private void writePending() {
    if (!pending.isEmpty() || !logprobs.isEmpty()) {
      String text = pending.toString();
      List<TokenLogprob> chances = List.copyOf(logprobs);
      // Before writing: a connection that takes the chunk at once comes back here from inside.
      pending.setLength(0);
      logprobs.clear();
      write(format.delta(position, text, chances));
    }
  }

  private void write(byte[] bytes) {
    if (closed || !writer.tryWrite(HttpData.wrap(bytes))) {
      cut();
      return;
    }
    inFlight++;
    lastMove = System.nanoTime();
    var _ = writer.whenConsumed().handle((_, failure) -> {
      taken(failure);
      return null;
    });
  }

  /** The connection took a chunk, or broke. */
  private void taken(@Nullable Throwable failure) {
    Runnable action = null;
    synchronized (lock) {
      inFlight--;
      lastMove = System.nanoTime();
      if (failure != null) {
        cut();
      } else if (!closed && inFlight < MAX_IN_FLIGHT) {
        writePending();
      }
      if (full && waiting() < MAX_PENDING) {
        full = false;
        action = drained;
      }
    }
    if (action != null) {
      action.run();
    }
  }

  private void cut() {
    closed = true;
    pending.setLength(0);
    logprobs.clear();
    if (heartbeat != null) {
      heartbeat.cancel(false);
    }
  }

  private void beat() {
    boolean stuck = false;
    synchronized (lock) {
      if (closed) {
        return;
      }
      long idle = System.nanoTime() - lastMove;
      if (inFlight > 0) {
        stuck = idle >= pace.patience().toNanos();
      } else if (idle >= pace.heartbeat().toNanos() / 2) {
        write(HEARTBEAT);
      }
    }
    if (stuck) {
      writer.abort();
    }
  }
}
