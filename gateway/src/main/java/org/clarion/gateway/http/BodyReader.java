package org.clarion.gateway.http;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpObject;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.clarion.gateway.api.ApiError;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * Collects a request's body up to a cap. Above it everything is dropped and the rest read without being kept: a client
 * that is cut off while it sends sees a broken connection instead of the refusal. Runs on the request's event loop.
 */
final class BodyReader implements Subscriber<HttpObject> {
  private static final int FIRST = 8 << 10;

  private final CompletableFuture<byte[]> body = new CompletableFuture<>();
  private final int cap;
  private byte[] bytes;
  private long length;

  /** A reader of at most {@code cap} bytes; {@code announced} is the declared length, or negative. */
  BodyReader(int cap, long announced) {
    this.cap = cap;
    this.bytes = new byte[(int) Math.min(cap, announced >= 0 && announced <= cap ? announced : FIRST)];
  }

  /** The body; fails with {@code body_too_large}, or with what broke the connection. */
  CompletableFuture<byte[]> body() {
    return body;
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    // The transport's own window bounds what is under way.
    subscription.request(Long.MAX_VALUE);
  }

  @Override
  public void onNext(HttpObject object) {
    if (!(object instanceof HttpData data)) {
      return;
    }
    int from = (int) Math.min(length, cap);
    length += data.length();
    if (length > cap) {
      bytes = new byte[0];
      return;
    }
    if (length > bytes.length) {
      bytes = Arrays.copyOf(bytes, (int) Math.min(cap, Math.max(length, 2L * bytes.length)));
    }
    System.arraycopy(data.array(), 0, bytes, from, data.length());
  }

  @Override
  public void onError(Throwable failure) {
    bytes = new byte[0];
    body.completeExceptionally(failure);
  }

  @Override
  public void onComplete() {
    if (length > cap) {
      body.completeExceptionally(ApiError.tooLarge(cap).exception());
    } else {
      body.complete(bytes.length == length ? bytes : Arrays.copyOf(bytes, (int) length));
    }
  }
}
