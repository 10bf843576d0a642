package org.clarion.scheduler.rpc;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.clarion.proto.v1.EmbeddingKey;
import org.clarion.proto.v1.EmbeddingSpan;
import org.clarion.proto.v1.ExecuteRequest;
import org.clarion.proto.v1.ExecuteResponse;
import org.clarion.proto.v1.LlmWorkerServiceGrpc.LlmWorkerServiceImplBase;
import org.clarion.proto.v1.OpenReplica;
import org.clarion.proto.v1.PutStart;
import org.clarion.proto.v1.ReplicaOpened;
import org.clarion.proto.v1.Retry;
import org.clarion.proto.v1.RetryReason;
import org.clarion.proto.v1.Row;
import org.clarion.proto.v1.RowKind;
import org.clarion.proto.v1.Sampled;
import org.clarion.proto.v1.StepPlan;
import org.clarion.proto.v1.StepResult;
import org.clarion.rpc.Embedding;
import org.clarion.rpc.EmbeddingReceiver;
import org.clarion.rpc.ServiceError;
import org.jspecify.annotations.Nullable;

/**
 * A rank whose "keys and values" are the positions' own contents and whose next token is a hash of the whole prefix, so
 * that any mistake in memory, order or recovery changes the text.
 */
public final class FakeWorker extends LlmWorkerServiceImplBase {
  static final int HIDDEN = 4;
  static final int IMAGE_TOKENS = 8;
  static final int VOCABULARY = 251;
  private static final int UNWRITTEN = Integer.MIN_VALUE;

  private static final class Copy {
    int position = -1;
    int lastToken;
  }

  private final int arenaTokens;
  private final int maxContext;
  private final int[] arena;
  private final Map<Long, Copy> sequences = new HashMap<>();
  private final Set<EmbeddingKey> embeddings = new HashSet<>();
  private final ExecutorService device = Executors.newSingleThreadExecutor(
      Thread.ofPlatform().daemon().name("fake-rank").factory());
  private @Nullable ServerCallStreamObserver<ExecuteResponse> owner;
  private long epoch;
  private volatile boolean dead;
  final List<StepPlan> plans = new CopyOnWriteArrayList<>();
  final AtomicInteger prefilled = new AtomicInteger();
  /** Each step takes a permit. */
  public final Semaphore steps = new Semaphore(Integer.MAX_VALUE / 2);

  public FakeWorker(int arenaTokens, int maxContext) {
    this.arenaTokens = arenaTokens;
    this.maxContext = maxContext;
    arena = new int[arenaTokens];
    Arrays.fill(arena, UNWRITTEN);
  }

  /** The token after a prefix; at most every 60th is the stop token 2. */
  public static int next(List<Integer> prefix) {
    int hash = 7;
    for (int id : prefix) {
      hash = hash * 31 + id;
    }
    int token = Math.floorMod(hash ^ (hash >>> 13), VOCABULARY);
    return token < 3 ? 2 : token;
  }

  /** What memory holds at a position of an image. */
  static int cell(EmbeddingKey key, int offset) {
    return -1 - Math.floorMod(key.getImageHash().hashCode() * 31 + offset, 1_000_000);
  }

  public EmbeddingReceiver embeddings() {
    return new EmbeddingReceiver(new EmbeddingReceiver.Sink() {
      @Override
      public void check(PutStart start) {
        // Everything is welcome.
      }

      @Override
      public boolean store(Embedding embedding) {
        synchronized (embeddings) {
          return embeddings.add(embedding.key());
        }
      }
    }, EmbeddingReceiver.Limits.DEFAULT);
  }

  /** The process dies and another takes its place: memory and embeddings are gone. */
  public void restart() {
    device.execute(() -> {
      ServerCallStreamObserver<ExecuteResponse> call = owner;
      owner = null;
      sequences.clear();
      Arrays.fill(arena, UNWRITTEN);
      synchronized (embeddings) {
        embeddings.clear();
      }
      if (call != null) {
        call.onError(new ServiceError.Unavailable("the rank died").toStatus());
      }
    });
  }

  /** The process dies, and none takes its place. */
  void die() {
    dead = true;
    restart();
  }

  void forgetEmbeddings() {
    synchronized (embeddings) {
      embeddings.clear();
    }
  }

  @Override
  public StreamObserver<ExecuteRequest> execute(StreamObserver<ExecuteResponse> responses) {
    var call = (ServerCallStreamObserver<ExecuteResponse>) responses;
    call.setOnCancelHandler(() -> {
    });
    return new StreamObserver<>() {
      @Override
      public void onNext(ExecuteRequest request) {
        device.execute(() -> {
          switch (request.getMessageCase()) {
            case OPEN -> open(request.getOpen(), call);
            case PLAN -> run(request.getPlan(), call);
            case MESSAGE_NOT_SET -> throw new IllegalStateException("empty message");
          }
        });
      }

      @Override
      public void onError(Throwable error) {
        // The owner went away.
      }

      @Override
      public void onCompleted() {
        // The owner went away.
      }
    };
  }

  private void open(OpenReplica open, ServerCallStreamObserver<ExecuteResponse> call) {
    if (dead) {
      call.onError(new ServiceError.Unavailable("the rank is dead").toStatus());
      return;
    }
    if (open.getEpoch() <= epoch) {
      call.onError(new ServiceError.StaleEpoch(open.getEpoch(), epoch).toStatus());
      return;
    }
    if (owner != null && !owner.isCancelled()) {
      owner.onError(new ServiceError.StaleEpoch(epoch, open.getEpoch()).toStatus());
    }
    owner = call;
    epoch = open.getEpoch();
    sequences.clear();
    call.onNext(ExecuteResponse.newBuilder().setOpened(ReplicaOpened.newBuilder().setEpoch(epoch)
        .setRank(open.getRank()).setArenaTokens(arenaTokens).setHidden(HIDDEN).setMaxContext(maxContext)
        .setVocabulary(VOCABULARY).setImageTokens(IMAGE_TOKENS)).build());
  }

  private void run(StepPlan plan, ServerCallStreamObserver<ExecuteResponse> call) {
    steps.acquireUninterruptibly();
    if (!call.equals(owner) || call.isCancelled()) {
      return;
    }
    plans.add(plan);
    plan.getReleaseList().forEach(sequences::remove);
    plan.getAdmissionsList().forEach(admission -> sequences.put(admission.getSequence(), new Copy()));
    plan.getForksList().forEach(fork -> System.arraycopy(arena, fork.getFromExtent().getOffset() + fork.getPosition(),
        arena, fork.getToExtent().getOffset() + fork.getPosition(), fork.getCount()));
    StepResult.Builder result = StepResult.newBuilder().setEpoch(plan.getEpoch()).setStep(plan.getStep())
        .setElapsedNanos(1000);
    for (Row row : plan.getRowsList()) {
      run(row, result);
    }
    call.onNext(ExecuteResponse.newBuilder().setResult(result).build());
  }

  private void run(Row row, StepResult.Builder result) {
    Copy copy = sequences.get(row.getSequence());
    if (copy != null && row.getKind() == RowKind.ROW_KIND_VERIFY && copy.position >= row.getPosition()
        && copy.position < row.getExtent().getLength()) {
      verify(row, copy, result);
      return;
    }
    if (copy == null || (copy.position >= 0 && copy.position != row.getPosition())) {
      result.addRetries(Retry.newBuilder().setSequence(row.getSequence())
          .setReason(RetryReason.RETRY_REASON_POSITION_MISMATCH));
      return;
    }
    for (EmbeddingSpan span : row.getSpansList()) {
      synchronized (embeddings) {
        if (!embeddings.contains(span.getKey())) {
          copy.position = row.getPosition();
          result.addRetries(Retry.newBuilder().setSequence(row.getSequence()).setEmbedding(span.getKey())
              .setReason(RetryReason.RETRY_REASON_MISSING_EMBEDDING));
          return;
        }
      }
    }
    int at = row.getExtent().getOffset() + row.getPosition();
    if (row.getKind() == RowKind.ROW_KIND_DECODE) {
      arena[at] = copy.lastToken;
    } else {
      prefilled.addAndGet(row.getCount());
      for (int i = 0; i < row.getCount(); i++) {
        arena[at + i] = row.getTokens(i);
      }
      for (EmbeddingSpan span : row.getSpansList()) {
        for (int i = 0; i < span.getCount(); i++) {
          arena[at + span.getRowOffset() + i] = cell(span.getKey(), span.getEmbeddingOffset() + i);
        }
      }
    }
    copy.position = row.getPosition() + row.getCount();
    if (row.getSample()) {
      choose(row, copy);
      result.addSampled(Sampled.newBuilder().setSequence(row.getSequence()).setToken(copy.lastToken));
    }
  }

  private void choose(Row row, Copy copy) {
    int from = row.getExtent().getOffset();
    List<Integer> prefix = Arrays.stream(arena, from, from + copy.position).boxed().toList();
    copy.lastToken = prefix.contains(UNWRITTEN) ? 1 : next(prefix);
  }

  /** One position after the other, as long as the expected text is what is chosen. */
  private void verify(Row row, Copy copy, StepResult.Builder result) {
    Sampled.Builder sampled = Sampled.newBuilder().setSequence(row.getSequence());
    int begin = copy.position;
    boolean agrees = true;
    while (agrees && copy.position - begin < row.getCount()) {
      arena[row.getExtent().getOffset() + copy.position++] = copy.lastToken;
      choose(row, copy);
      if (copy.position == begin + 1) {
        sampled.setToken(copy.lastToken);
      } else {
        sampled.addMoreTokens(copy.lastToken).setDrafted(sampled.getDrafted() + 1);
      }
      int next = copy.position - row.getPosition();
      agrees = next < row.getTokensCount() && row.getTokens(next) == copy.lastToken;
    }
    result.addSampled(sampled);
  }
}
