package org.clarion.gateway.http;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpResponseWriter;
import com.linecorp.armeria.common.MediaType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.clarion.gateway.api.ApiError;
import org.clarion.gateway.core.AnswerFormat;
import org.clarion.gateway.core.TokenLogprob;
import org.clarion.gateway.core.Usage;
import org.clarion.gateway.flow.Reply;

/** An answer as one JSON object, collected until its end; the model's context bounds it. Any thread may call. */
final class WholeReply implements Reply {
  private final HttpResponseWriter writer;
  private final StreamReply.AnswerHeaders headers;
  private final AnswerFormat format;
  private final StringBuilder text = new StringBuilder();
  private final List<TokenLogprob> logprobs = new ArrayList<>();
  private final boolean wantsLogprobs;
  private boolean closed;

  WholeReply(HttpResponseWriter writer, StreamReply.AnswerHeaders headers, AnswerFormat format,
      boolean wantsLogprobs) {
    this.wantsLogprobs = wantsLogprobs;
    this.writer = writer;
    this.headers = headers;
    this.format = format;
  }

  @Override
  public void onDrained(Runnable action) {
    // Everything is taken at once: there is nothing to wait for.
  }

  @Override
  public void open() {
    // The status is sent with the answer, so that every error can still have its own.
  }

  @Override
  public synchronized boolean text(String piece, List<TokenLogprob> more, int tokens) {
    text.append(piece);
    logprobs.addAll(more);
    return true;
  }

  @Override
  public synchronized void finish(String rest, List<TokenLogprob> more, String reason, Usage usage) {
    if (!closed) {
      closed = true;
      logprobs.addAll(more);
      var _ = writer.tryWrite(headers.builder().contentType(MediaType.JSON_UTF_8).build());
      var _ = writer.tryWrite(HttpData.wrap(format.whole(text.append(rest).toString(), wantsLogprobs ? logprobs : null,
          reason, usage)));
      writer.close();
    }
  }

  @Override
  public void part() {
    fail(ApiError.unavailable("unavailable", "The gateway is stopping", Duration.ofSeconds(1)));
  }

  @Override
  public synchronized void fail(ApiError error) {
    if (!closed) {
      closed = true;
      var _ = writer.tryWrite(Responses.errorHeaders(error));
      var _ = writer.tryWrite(HttpData.ofUtf8(error.json()));
      writer.close();
    }
  }
}
