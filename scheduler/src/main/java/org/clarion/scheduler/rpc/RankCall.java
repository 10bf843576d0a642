package org.clarion.scheduler.rpc;

import io.grpc.Channel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import org.clarion.proto.v1.ExecuteRequest;
import org.clarion.proto.v1.ExecuteResponse;
import org.clarion.proto.v1.LlmWorkerServiceGrpc;
import org.clarion.proto.v1.OpenReplica;
import org.clarion.proto.v1.StepPlan;
import org.jspecify.annotations.Nullable;

/**
 * One {@code Execute} call to one rank. The owner thread sends; answers come on the transport's threads. At most two
 * plans are under way, so nothing waits here for the transport.
 */
final class RankCall {
  /** Told what the rank says, on the transport's threads. */
  interface Listener {
    void answered(RankCall call, ExecuteResponse response);

    void ended(RankCall call, @Nullable Throwable error);
  }

  final int rank;
  private final ClientCallStreamObserver<ExecuteRequest> requests;

  RankCall(int rank, Channel channel, OpenReplica open, Listener listener) {
    this.rank = rank;
    var responses = new ClientResponseObserver<ExecuteRequest, ExecuteResponse>() {
      @Override
      public void beforeStart(ClientCallStreamObserver<ExecuteRequest> call) {
        // Nothing to set: the window of one call holds more than two plans' results.
      }

      @Override
      public void onNext(ExecuteResponse response) {
        listener.answered(RankCall.this, response);
      }

      @Override
      public void onError(Throwable error) {
        listener.ended(RankCall.this, error);
      }

      @Override
      public void onCompleted() {
        listener.ended(RankCall.this, null);
      }
    };
    requests = (ClientCallStreamObserver<ExecuteRequest>) LlmWorkerServiceGrpc.newStub(channel).execute(responses);
    requests.onNext(ExecuteRequest.newBuilder().setOpen(open).build());
  }

  void send(StepPlan plan) {
    requests.onNext(ExecuteRequest.newBuilder().setPlan(plan).build());
  }

  void cancel() {
    requests.cancel("the replica is opened anew or given up", null);
  }
}
