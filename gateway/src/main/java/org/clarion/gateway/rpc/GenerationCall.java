package org.clarion.gateway.rpc;

import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.clarion.proto.v1.Cancel;
import org.clarion.proto.v1.EndAt;
import org.clarion.proto.v1.GenerateRequest;
import org.clarion.proto.v1.GenerateResponse;
import org.clarion.proto.v1.SchedulerServiceGrpc;
import org.clarion.proto.v1.Tokens;
import org.clarion.rpc.ServiceError;
import org.jspecify.annotations.Nullable;

/**
 * Reads one generation, from its first try to its end. A redirect is followed and an unreachable scheduler passed over;
 * when the scheduler that has it is lost, the others are asked to go on, from the first token that has not come yet.
 * Methods may be called from any thread; messages to the scheduler are serialised here.
 */
public final class GenerationCall {
  /** Messages that may wait here unread; the transport holds back what exceeds them. */
  private static final int WINDOW = 16;
  /** For an answer of a scheduler that is thought to be dead. */
  private static final Duration SILENCE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

  private final Schedulers schedulers;
  private final IntFunction<GenerateRequest> opening;
  private final GenerationListener listener;
  private final Executor executor;
  private final Object lock = new Object();
  // Guarded by lock.
  private @Nullable ClientCallStreamObserver<GenerateRequest> out;
  private boolean stopping;
  private int kept = -1;
  private boolean over;
  // Written only by the current try's callbacks, which come one at a time.
  private volatile boolean placed;
  private volatile boolean redirectedBefore;
  private volatile int received;
  private volatile int tries;
  private volatile long until;
  private volatile long placedAt;

  /**
   * Not begun.
   *
   * @param opening
   *          a call's first message, for the first token that is wanted
   */
  GenerationCall(Schedulers schedulers, IntFunction<GenerateRequest> opening, GenerationListener listener,
      Executor executor) {
    this.schedulers = schedulers;
    this.opening = opening;
    this.listener = listener;
    this.executor = executor;
    this.until = System.nanoTime() + schedulers.policy().patience().toNanos();
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
      kept = keptTokens;
      send(GenerateRequest.newBuilder().setEndAt(EndAt.newBuilder().setKeptTokens(keptTokens)).build());
    }
  }

  /** Nobody listens any more: the generation goes on for a while. The listener hears nothing after this. */
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
    synchronized (lock) {
      if (over) {
        return;
      }
      out = null;
    }
    Attempt attempt = new Attempt(endpoint);
    try {
      var _ = SchedulerServiceGrpc.newStub(schedulers.channel(endpoint)).withExecutor(executor)
          .withDeadlineAfter(schedulers.deadline().toMillis(), TimeUnit.MILLISECONDS).generate(attempt);
    } catch (RuntimeException e) {
      attempt.watch.close();
      fail(ServiceError.from(e));
      return;
    }
    ClientCallStreamObserver<GenerateRequest> opened = attempt.call;
    if (opened == null) {
      return;
    }
    synchronized (lock) {
      if (over) {
        opened.cancel("nobody waits for the answer", null);
        return;
      }
      // A try that failed at once may have begun the next one already, on another thread.
      if (attempt.done) {
        return;
      }
      out = opened;
      send(first());
      if (kept >= 0) {
        endAt(kept);
      }
      if (stopping) {
        stop();
      }
    }
  }

  private GenerateRequest first() {
    GenerateRequest first = opening.apply(received);
    return redirectedBefore && first.hasStart()
        ? first.toBuilder().setStart(first.getStart().toBuilder().setRouted(true)).build()
        : first;
  }

  /** Asks that scheduler next, after a pause that grows so that many generations do not ask all the time. */
  private void again(String endpoint, ServiceError error) {
    if (System.nanoTime() - until >= 0) {
      fail(error);
      return;
    }
    int doublings = Math.min(tries, 16);
    tries = doublings + 1;
    long pause = Math.min(schedulers.policy().pause().toMillis() << doublings, LONGEST_PAUSE.toMillis());
    CompletableFuture.delayedExecutor(pause, TimeUnit.MILLISECONDS).execute(() -> attempt(endpoint));
  }

  /** A scheduler has it: if it is lost there, that is a loss of its own, unless it comes at once. */
  private void settled() {
    placed = true;
    placedAt = System.nanoTime();
    consumed();
  }

  /** The scheduler that had it is lost. Time is given anew for each loss, but not when nothing has come since. */
  private void lost() {
    long now = System.nanoTime();
    long recovery = schedulers.policy().recovery().toNanos();
    if (placed && (tries == 0 || now - placedAt >= recovery)) {
      until = now + recovery;
      tries = 0;
    }
  }

  private static boolean passing(ServiceError error, boolean placed) {
    return switch (error) {
      case ServiceError.Unavailable _,ServiceError.StaleEpoch _ -> true;
      // A generation that was admitted once is not refused for the queue of its new owner.
      case ServiceError.Overloaded _ -> placed;
      case ServiceError.InvalidArgument _,ServiceError.NotFound _,ServiceError.ContextTooLong _,ServiceError.FailedPrecondition _,ServiceError.DeadlineExceeded _,ServiceError.Cancelled _,ServiceError.Internal _ ->
        false;
    };
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
    private final PeerHealth.Watch watch;
    private volatile @Nullable ClientCallStreamObserver<GenerateRequest> call;
    private volatile boolean answered;
    private volatile boolean done;
    private volatile boolean died;

    private Attempt(String endpoint) {
      this.endpoint = endpoint;
      watch = schedulers.watch(endpoint, this::dead);
      if (schedulers.silent(endpoint)) {
        CompletableFuture.delayedExecutor(SILENCE.toMillis(), TimeUnit.MILLISECONDS).execute(() -> {
          if (!answered && schedulers.silent(endpoint)) {
            dead();
          }
        });
      }
    }

    /** A process that hangs keeps its connection: what ends the call is that its health says nothing. */
    private void dead() {
      died = true;
      ClientCallStreamObserver<GenerateRequest> open = call;
      if (open != null) {
        open.cancel("the scheduler does not answer any more", null);
      }
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<GenerateRequest> requests) {
      call = requests;
      requests.disableAutoRequestWithInitial(WINDOW);
    }

    @Override
    public void onNext(GenerateResponse response) {
      answered = true;
      if (done || isOver()) {
        return;
      }
      switch (response.getEventCase()) {
        case REDIRECT -> redirected(response.getRedirect().getEndpoint());
        case PLACED -> {
          schedulers.prefer(endpoint);
          listener.placed(response.getPlaced());
          settled();
        }
        case ATTACHED -> {
          listener.attached(response.getAttached());
          settled();
        }
        case TOKENS -> {
          Tokens tokens = response.getTokens();
          received = Math.max(received, tokens.getFirstIndex() + tokens.getIdsCount());
          tries = 0;
          listener.tokens(tokens);
        }
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
      watch.close();
      if (done) {
        return;
      }
      done = true;
      ServiceError error = died
          ? new ServiceError.Unavailable("the scheduler does not answer any more")
          : ServiceError.from(failure);
      if (passing(error, placed)) {
        lost();
        again(schedulers.after(endpoint), error);
      } else {
        fail(error);
      }
    }

    @Override
    public void onCompleted() {
      watch.close();
      if (!done) {
        done = true;
        fail(new ServiceError.Internal("the scheduler ended the call without finishing the answer"));
      }
    }
  }
}
