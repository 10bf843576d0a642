package org.clarion.llm.rpc;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.function.LongSupplier;
import org.clarion.llm.exec.Formats;
import org.clarion.llm.exec.StepExecutor;
import org.clarion.proto.v1.ExecuteRequest;
import org.clarion.proto.v1.ExecuteResponse;
import org.clarion.proto.v1.LlmWorkerServiceGrpc.LlmWorkerServiceImplBase;
import org.jspecify.annotations.Nullable;

/**
 * {@code LlmWorkerService.Execute}. Of each call the opening and {@code planDepth} plans are taken from the transport;
 * each answered plan lets the next one in, so the owner cannot run further ahead. Handlers never block. Thread-safe.
 */
public final class ExecuteService extends LlmWorkerServiceImplBase {
  private final StepExecutor executor;
  private final WorkerIdentity identity;
  private final int planDepth;
  private final LongSupplier memory;
  private final PlanReader plans;

  /**
   * Wires the service.
   *
   * @param planDepth
   *          as the executor's
   * @param memory
   *          resident bytes of the process
   * @param formats
   *          of the rank that samples, null for the others
   */
  public ExecuteService(StepExecutor executor, WorkerIdentity identity, int planDepth, LongSupplier memory,
      @Nullable Formats formats) {
    this.executor = executor;
    this.identity = identity;
    this.planDepth = planDepth;
    this.memory = memory;
    this.plans = new PlanReader(identity.limits(), formats);
  }

  @Override
  public StreamObserver<ExecuteRequest> execute(StreamObserver<ExecuteResponse> responses) {
    var stream = (ServerCallStreamObserver<ExecuteResponse>) responses;
    ExecuteCall call = new ExecuteCall(executor, identity, stream, memory, plans);
    stream.disableAutoRequest();
    stream.setOnReadyHandler(call::flush);
    stream.setOnCancelHandler(call::cancelled);
    stream.request(1 + planDepth);
    return call;
  }
}
