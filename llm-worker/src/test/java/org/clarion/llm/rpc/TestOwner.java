package org.clarion.llm.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.clarion.proto.v1.Admission;
import org.clarion.proto.v1.ExecuteRequest;
import org.clarion.proto.v1.ExecuteResponse;
import org.clarion.proto.v1.Extent;
import org.clarion.proto.v1.LlmWorkerServiceGrpc;
import org.clarion.proto.v1.OpenReplica;
import org.clarion.proto.v1.Row;
import org.clarion.proto.v1.RowKind;
import org.clarion.proto.v1.Sampled;
import org.clarion.proto.v1.Sampling;
import org.clarion.proto.v1.StepPlan;
import org.clarion.proto.v1.StepResult;
import org.clarion.rpc.ServiceError;

/** One owner's call of Execute. */
final class TestOwner implements StreamObserver<ExecuteResponse> {
  private final BlockingQueue<Object> answers = new LinkedBlockingQueue<>();
  private final StreamObserver<ExecuteRequest> requests;
  final long epoch;
  private long step;

  TestOwner(TestRank rank, long epoch) {
    this.epoch = epoch;
    this.requests = LlmWorkerServiceGrpc.newStub(rank.channel).execute(this);
  }

  /** An owner that is in. */
  static TestOwner opened(TestRank rank, long epoch, int number, int ranks) {
    TestOwner owner = new TestOwner(rank, epoch);
    owner.open(number, ranks);
    assertThat(owner.response().getOpened().getEpoch()).isEqualTo(epoch);
    return owner;
  }

  static TestOwner opened(TestRank rank, long epoch) {
    return opened(rank, epoch, 0, 1);
  }

  void open(int rank, int ranks) {
    requests.onNext(ExecuteRequest.newBuilder().setOpen(OpenReplica.newBuilder().setReplica("r").setEpoch(epoch)
        .setModel("tiny").setRank(rank).setRanks(ranks)).build());
  }

  void send(StepPlan.Builder plan) {
    requests.onNext(ExecuteRequest.newBuilder().setPlan(plan.setEpoch(epoch).setStep(++step)).build());
  }

  /** Sends a plan and waits for its result. */
  StepResult run(StepPlan.Builder plan) {
    send(plan);
    return result();
  }

  StepResult result() {
    StepResult result = response().getResult();
    assertThat(result.getEpoch()).isEqualTo(epoch);
    return result;
  }

  ExecuteResponse response() {
    Object answer = next();
    assertThat(answer).isInstanceOf(ExecuteResponse.class);
    return (ExecuteResponse) answer;
  }

  ServiceError error() {
    Object answer = next();
    assertThat(answer).isInstanceOf(ServiceError.class);
    return (ServiceError) answer;
  }

  void assertCompleted() {
    assertThat(next()).isEqualTo("completed");
  }

  void assertSilent() {
    assertThat(answers).isEmpty();
  }

  void finish() {
    requests.onCompleted();
  }

  void cancel() {
    ((ClientCallStreamObserver<ExecuteRequest>) requests).cancel("enough", null);
  }

  private Object next() {
    try {
      return Objects.requireNonNull(answers.poll(20, TimeUnit.SECONDS), "no answer came");
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void onNext(ExecuteResponse response) {
    answers.add(response);
  }

  @Override
  public void onError(Throwable error) {
    answers.add(ServiceError.from(error));
  }

  @Override
  public void onCompleted() {
    answers.add("completed");
  }

  static Admission admission(long sequence) {
    return Admission.newBuilder().setSequence(sequence).build();
  }

  static Admission sampled(long sequence, long seed) {
    return Admission.newBuilder().setSequence(sequence)
        .setSampling(Sampling.newBuilder().setTemperature(1).setTopK(20).setTopP(0.95f).setSeed(seed)).build();
  }

  static Row prefill(long sequence, int position, int offset, boolean sample, int... tokens) {
    return Row.newBuilder().setSequence(sequence).setKind(RowKind.ROW_KIND_PREFILL).setPosition(position)
        .setCount(tokens.length).setExtent(Extent.newBuilder().setOffset(offset).setLength(100))
        .addAllTokens(java.util.Arrays.stream(tokens).boxed().toList()).setSample(sample).build();
  }

  static Row decode(long sequence, int position, int offset) {
    return Row.newBuilder().setSequence(sequence).setKind(RowKind.ROW_KIND_DECODE).setPosition(position).setCount(1)
        .setExtent(Extent.newBuilder().setOffset(offset).setLength(100)).setSample(true).build();
  }

  static Row verify(long sequence, int position, int offset, int count, List<Integer> expected) {
    return Row.newBuilder().setSequence(sequence).setKind(RowKind.ROW_KIND_VERIFY).setPosition(position).setCount(count)
        .setExtent(Extent.newBuilder().setOffset(offset).setLength(100)).addAllTokens(expected).setSample(true).build();
  }

  /** The tokens of a sequence, those of accepted drafts included. */
  static List<Integer> tokens(Sampled sampled) {
    List<Integer> tokens = new ArrayList<>(List.of(sampled.getToken()));
    tokens.addAll(sampled.getMoreTokensList());
    return tokens;
  }

  static StepPlan.Builder plan(Row... rows) {
    return StepPlan.newBuilder().addAllRows(List.of(rows));
  }
}
