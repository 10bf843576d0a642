package org.clarion.gateway.http;

import com.linecorp.armeria.common.HttpResponseWriter;
import com.linecorp.armeria.common.logging.RequestLogProperty;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;

/** Notices when the reader of a response goes away before its end. Thread-safe. */
final class Departure {
  private final AtomicReference<Runnable> gone = new AtomicReference<>(() -> {
  });
  private final CompletableFuture<Void> over;

  /**
   * Watches a response.
   *
   * @param ended
   *          runs once when the response is over, well or not
   */
  Departure(ServiceRequestContext ctx, HttpResponseWriter response, Runnable ended) {
    // The server itself gives an answer that has not begun another second after its connection broke.
    Runnable watched = whenBroken(ctx, () -> gone.get().run());
    over = response.whenComplete().handle((_, failure) -> {
      ended.run();
      watched.run();
      if (failure != null) {
        gone.get().run();
      }
      return null;
    });
  }

  /** Sets what runs when the reader goes away; at once if the response is over already. */
  void then(Runnable action) {
    gone.set(action);
    if (over.isDone()) {
      action.run();
    }
  }

  /** Runs the action when the connection breaks; the result ends the watch. */
  private static Runnable whenBroken(ServiceRequestContext ctx, Runnable action) {
    Channel channel = ctx.log().ensureAvailable(RequestLogProperty.SESSION).channel();
    if (channel == null) {
      return () -> {
      };
    }
    ChannelFutureListener listener = _ -> action.run();
    channel.closeFuture().addListener(listener);
    return () -> channel.closeFuture().removeListener(listener);
  }
}
