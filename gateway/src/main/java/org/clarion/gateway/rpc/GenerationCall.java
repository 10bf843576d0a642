package org.clarion.gateway.rpc;

import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.clarion.proto.v1.Cancel;
import org.clarion.proto.v1.EndAt;
import org.clarion.proto.v1.GenerateRequest;
import org.clarion.proto.v1.GenerateResponse;
import org.clarion.proto.v1.GenerateStart;
import org.clarion.proto.v1.SchedulerServiceGrpc;
import org.clarion.rpc.ServiceError;
import org.jspecify.annotations.Nullable;

/**
 * One generation, from its first try to its end. Until a scheduler has placed it, a redirect is followed and an
 * unreachable scheduler passed over; afterwards every error is final. Methods may be called from any thread; messages
 * to the scheduler are serialised here.
 */
public final class GenerationCall {
  /** Messages that may wait here unread; the transport holds back what exceeds them. */
  private static final int WINDOW = 16;

  private final Schedulers schedulers;
  private final GenerateStart start;
  private final GenerationListener listener;
  private final Executor executor;
  private final long placeUntil;
  private final Object lock = new Object();
  // Guarded by lock.
  private @Nullable ClientCallStreamObserver<GenerateRequest> out;
  private boolean stopping;
  private boolean over;
  // Written only by the current try's callbacks, which come one at a time.
  private volatile boolean placed;
  private volatile boolean redirectedBefore;

  GenerationCall(Schedulers schedulers, GenerateStart start, GenerationListener listener, Executor executor) {
    this.schedulers = schedulers;
    this.start = start;
    this.listener = listener;
    this.executor = executor;
    this.placeUntil = System.nanoTime() + schedulers.policy().patience().toNanos();
  }

  /** Starts; call once. */
  public void begin() {
    attempt(schedulers.preferred());
  }

  /** One message was dealt with: the next may come. */
  public void consumed() {
    synchronized (lock) {
      if (out != null && !over) {
        out.request(1);
      }
    }
  }

  /** The user pressed Stop: what was emitted stays, {@code finished} follows. */
  public void stop() {
    synchronized (lock) {
      stopping = true;
      send(GenerateRequest.newBuilder().setCancel(Cancel.getDefaultInstance()).build());
    }
  }

  /** A stop string was found: the answer is its first tokens, {@code finished} follows. */
  public void endAt(int keptTokens) {
    synchronized (lock) {
      send(GenerateRequest.newBuilder().setEndAt(EndAt.newBuilder().setKeptTokens(keptTokens)).build());
    }
  }

  /** Nobody listens any more: the generation parks. The listener hears nothing after this. */
  public void abandon(String reason) {
    ClientCallStreamObserver<GenerateRequest> call;
    synchronized (lock) {
      if (over) {
        return;
      }
      over = true;
      call = out;
    }
    if (call != null) {
      call.cancel(reason, null);
    }
  }

  /** Caller holds the lock. */
  private void send(GenerateRequest message) {
    if (out != null && !over) {
      out.onNext(message);
    }
  }

  private void attempt(String endpoint) {
    Attempt attempt = new Attempt(endpoint);
    synchronized (lock) {
      if (over) {
        return;
      }
      out = null;
    }
    try {
      var _ = SchedulerServiceGrpc.newStub(schedulers.channel(endpoint)).withExecutor(executor)
          .withDeadlineAfter(schedulers.deadline().toMillis(), TimeUnit.MILLISECONDS).generate(attempt);
    } catch (RuntimeException e) {
      fail(ServiceError.from(e));
      return;
    }
    synchronized (lock) {
      if (attempt.call == null) {
        return;
      }
      if (over) {
        attempt.call.cancel("nobody waits for the answer", null);
        return;
      }
      // A try that failed at once may have begun the next one already, on another thread.
      if (attempt.done) {
        return;
      }
      out = attempt.call;
      send(GenerateRequest.newBuilder().setStart(redirectedBefore ? start.toBuilder().setRouted(true).build() : start)
          .build());
      if (stopping) {
        stop();
      }
    }
  }

  private void again(String endpoint, ServiceError error) {
    if (System.nanoTime() - placeUntil >= 0) {
      fail(error);
      return;
    }
    CompletableFuture.delayedExecutor(schedulers.policy().pause().toMillis(), TimeUnit.MILLISECONDS)
        .execute(() -> attempt(endpoint));
  }

  private void fail(ServiceError error) {
    if (end()) {
      listener.failed(error);
    }
  }

  /** True for the first who ends it. */
  private boolean end() {
    synchronized (lock) {
      boolean first = !over;
      over = true;
      return first;
    }
  }

  private boolean isOver() {
    synchronized (lock) {
      return over;
    }
  }

  /** One call to one scheduler. */
  private final class Attempt implements ClientResponseObserver<GenerateRequest, GenerateResponse> {
    private final String endpoint;
    private @Nullable ClientCallStreamObserver<GenerateRequest> call;
    private volatile boolean done;

    private Attempt(String endpoint) {
      this.endpoint = endpoint;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<GenerateRequest> requests) {
      call = requests;
      requests.disableAutoRequestWithInitial(WINDOW);
    }

    @Override
    public void onNext(GenerateResponse response) {
      if (done || isOver()) {
        return;
      }
      switch (response.getEventCase()) {
        case REDIRECT -> redirected(response.getRedirect().getEndpoint());
        case PLACED -> {
          placed = true;
          schedulers.prefer(endpoint);
          listener.placed(response.getPlaced());
          consumed();
        }
        case TOKENS -> listener.tokens(response.getTokens());
        case FINISHED -> {
          done = true;
          if (end()) {
            listener.finished(response.getFinished());
          }
        }
        // A newer scheduler may say more than this gateway knows.
        case EVENT_NOT_SET -> consumed();
      }
    }

    private void redirected(String target) {
      done = true;
      synchronized (lock) {
        out = null;
      }
      ClientCallStreamObserver<GenerateRequest> open = call;
      if (open != null) {
        open.cancel("redirected", null);
      }
      if (target.isEmpty() || target.equals(endpoint)) {
        again(schedulers.after(endpoint), new ServiceError.Unavailable("no scheduler owns the model's replica now"));
      } else if (redirectedBefore) {
        // Schedulers that name each other while a lease moves are asked again, but not as fast as they answer.
        again(target, new ServiceError.Unavailable("the schedulers keep redirecting to each other"));
      } else {
        redirectedBefore = true;
        attempt(target);
      }
    }

    @Override
    public void onError(Throwable failure) {
      if (done) {
        return;
      }
      done = true;
      ServiceError error = ServiceError.from(failure);
      if (error instanceof ServiceError.Unavailable && !placed) {
        again(schedulers.after(endpoint), error);
      } else {
        fail(error);
      }
    }

    @Override
    public void onCompleted() {
      if (!done) {
        done = true;
        fail(new ServiceError.Internal("the scheduler ended the call without finishing the answer"));
      }
    }
  }
}
