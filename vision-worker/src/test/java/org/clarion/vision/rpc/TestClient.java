package org.clarion.vision.rpc;

import com.google.protobuf.ByteString;
import io.grpc.Channel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.clarion.proto.v1.EncodeRequest;
import org.clarion.proto.v1.EncodeResponse;
import org.clarion.proto.v1.EncodeStart;
import org.clarion.proto.v1.VisionServiceGrpc;
import org.clarion.rpc.ServiceError;
import org.clarion.rpc.Sha256;

/** One call of Encode. */
final class TestClient implements StreamObserver<EncodeResponse> {
  final List<EncodeResponse> receipts = new CopyOnWriteArrayList<>();
  final CompletableFuture<Void> end = new CompletableFuture<>();
  private final StreamObserver<EncodeRequest> requests;

  TestClient(Channel channel) {
    requests = VisionServiceGrpc.newStub(channel).encode(this);
  }

  static EncodeStart.Builder start(String tenant, byte[] pixels, List<String> destinations) {
    return EncodeStart.newBuilder().setTenant(tenant).setModel("tiny").setSize(4)
        .setImageHash(ByteString.copyFrom(Sha256.of(pixels))).addAllDestinations(destinations);
  }

  TestClient send(EncodeStart.Builder start) {
    requests.onNext(EncodeRequest.newBuilder().setStart(start).build());
    return this;
  }

  TestClient send(byte[] pixels) {
    requests.onNext(EncodeRequest.newBuilder().setPixels(ByteString.copyFrom(pixels)).build());
    return this;
  }

  TestClient finish() {
    requests.onCompleted();
    return this;
  }

  void cancel() {
    ((ClientCallStreamObserver<EncodeRequest>) requests).cancel("enough", null);
  }

  /** Waits for the end; the receipts' kinds in order. */
  List<EncodeResponse.ReceiptCase> kinds() throws Exception {
    end.get(20, TimeUnit.SECONDS);
    return receipts.stream().map(EncodeResponse::getReceiptCase).toList();
  }

  /** Waits for the end; why the call failed. */
  ServiceError error() throws InterruptedException {
    try {
      end.get(20, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      return ServiceError.from(e);
    } catch (TimeoutException e) {
      throw new AssertionError("the call did not end", e);
    }
    throw new AssertionError("the call did not fail");
  }

  @Override
  public void onNext(EncodeResponse response) {
    receipts.add(response);
  }

  @Override
  public void onError(Throwable error) {
    end.completeExceptionally(error);
  }

  @Override
  public void onCompleted() {
    end.complete(null);
  }
}
