package org.clarion.llm.rpc;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.clarion.llm.core.ImageKey;
import org.clarion.llm.exec.ReplicaCall;
import org.clarion.llm.exec.StepExecutor;
import org.clarion.llm.exec.StepOutcome;
import org.clarion.proto.v1.ExecuteRequest;
import org.clarion.proto.v1.ExecuteResponse;
import org.clarion.proto.v1.OpenReplica;
import org.clarion.proto.v1.ReplicaOpened;
import org.clarion.proto.v1.Retry;
import org.clarion.proto.v1.RetryReason;
import org.clarion.proto.v1.Sampled;
import org.clarion.proto.v1.StepPlan;
import org.clarion.proto.v1.StepResult;
import org.clarion.proto.v1.TokenChance;
import org.clarion.rpc.OutboundQueue;
import org.clarion.rpc.ServiceError;
import org.jspecify.annotations.Nullable;

/**
 * One call of {@code Execute}. The transport calls the observer's methods one at a time; answers come from the
 * executor's thread.
 */
final class ExecuteCall implements StreamObserver<ExecuteRequest>, ReplicaCall {
  /** Results that the owner has not read; it is gone or stuck when there are more. */
  private static final int MAX_UNREAD = 64;

  private final StepExecutor executor;
  private final WorkerIdentity identity;
  private final ServerCallStreamObserver<ExecuteResponse> stream;
  private final OutboundQueue<ExecuteResponse> out;
  private final LongSupplier memory;
  private final PlanReader plans;
  private volatile @Nullable OpenReplica opening;
  private volatile boolean over;

  ExecuteCall(StepExecutor executor, WorkerIdentity identity, ServerCallStreamObserver<ExecuteResponse> stream,
      LongSupplier memory, PlanReader plans) {
    this.executor = executor;
    this.identity = identity;
    this.stream = stream;
    this.out = new OutboundQueue<>(stream, MAX_UNREAD);
    this.memory = memory;
    this.plans = plans;
  }

  void flush() {
    out.flush();
  }

  void cancelled() {
    over = true;
    executor.cancel(this);
  }

  @Override
  public void onNext(ExecuteRequest request) {
    if (over) {
      return;
    }
    try {
      switch (request.getMessageCase()) {
        case OPEN -> open(request.getOpen());
        case PLAN -> plan(request.getPlan());
        case MESSAGE_NOT_SET -> throw new ServiceError.InvalidArgument(
            "a message of Execute has neither open nor plan").toException();
      }
    } catch (RuntimeException e) {
      executor.cancel(this);
      fail(ServiceError.from(e));
    }
  }

  private void open(OpenReplica open) {
    if (opening != null) {
      throw new ServiceError.FailedPrecondition("the call is open already").toException();
    }
    identity.check(open);
    opening = open;
    executor.open(this);
    // Nothing is answered earlier: plans come after this message, by this thread.
    out.offer(ExecuteResponse.newBuilder().setOpened(ReplicaOpened.newBuilder()
        .setEpoch(open.getEpoch())
        .setRank(identity.rank())
        .setArenaTokens(identity.limits().arenaTokens())
        .setHidden(identity.hidden())
        .setMaxContext(identity.limits().maxContext())
        .setVocabulary(identity.limits().vocabulary())
        .setImageTokens(identity.limits().imageTokens())).build());
  }

  private void plan(StepPlan plan) {
    if (opening == null) {
      throw new ServiceError.FailedPrecondition("a plan came before open").toException();
    }
    executor.submit(this, plans.read(plan));
  }

  @Override
  public void onError(Throwable error) {
    cancelled();
  }

  @Override
  public void onCompleted() {
    if (opening == null) {
      out.complete();
    } else {
      executor.finish(this);
    }
  }

  @Override
  public String replica() {
    OpenReplica open = opening;
    return open == null ? "" : open.getReplica();
  }

  @Override
  public long epoch() {
    OpenReplica open = opening;
    return open == null ? 0 : open.getEpoch();
  }

  @Override
  public void answer(StepOutcome outcome) {
    StepResult.Builder result = StepResult.newBuilder()
        .setEpoch(outcome.epoch())
        .setStep(outcome.step())
        .setElapsedNanos(outcome.elapsedNanos())
        .setMemoryBytes(memory.getAsLong());
    for (StepOutcome.Sampled sampled : outcome.sampled()) {
      result.addSampled(sampled(sampled));
    }
    for (StepOutcome.Retry retry : outcome.retries()) {
      result.addRetries(retry(retry));
    }
    if (out.offer(ExecuteResponse.newBuilder().setResult(result).build())) {
      stream.request(1);
    } else if (!over) {
      executor.cancel(this);
      fail(new ServiceError.Overloaded(MAX_UNREAD + " results wait to be read", Duration.ofSeconds(1)));
    }
  }

  private static Sampled.Builder sampled(StepOutcome.Sampled sampled) {
    Sampled.Builder builder = Sampled.newBuilder().setSequence(sampled.sequence()).setToken(sampled.token())
        .setLogProbability(sampled.logProbability()).setDrafted(sampled.drafted());
    for (int token : sampled.more()) {
      builder.addMoreTokens(token);
    }
    for (int i = 0; i < sampled.likeliest().ids().length; i++) {
      builder.addLikeliest(TokenChance.newBuilder().setToken(sampled.likeliest().ids()[i])
          .setLogProbability(sampled.likeliest().logProbabilities()[i]));
    }
    return builder;
  }

  private static Retry.Builder retry(StepOutcome.Retry retry) {
    Retry.Builder builder = Retry.newBuilder().setSequence(retry.sequence());
    ImageKey missing = retry.missing();
    return missing == null
        ? builder.setReason(RetryReason.RETRY_REASON_POSITION_MISMATCH)
        : builder.setReason(RetryReason.RETRY_REASON_MISSING_EMBEDDING).setEmbedding(PlanReader.key(missing));
  }

  @Override
  public void complete() {
    over = true;
    out.complete();
  }

  @Override
  public void fail(ServiceError error) {
    over = true;
    out.fail(error.toStatus());
  }
}
