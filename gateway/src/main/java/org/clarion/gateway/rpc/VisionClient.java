package org.clarion.gateway.rpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.clarion.gateway.core.Rendezvous;
import org.clarion.models.image.PixelTensor;
import org.clarion.proto.v1.EncodeRequest;
import org.clarion.proto.v1.EncodeResponse;
import org.clarion.proto.v1.EncodeStart;
import org.clarion.proto.v1.VisionServiceGrpc;
import org.clarion.rpc.Deadlines;
import org.clarion.rpc.RpcChannels;
import org.clarion.rpc.ServiceError;
import org.clarion.rpc.ServiceException;

/**
 * Sends pixel tensors to vision workers and waits until the embedding is where it is needed. The same image goes to the
 * same worker while that one serves, because it may still know it; when a worker fails the next one gets the image.
 * Thread-safe; {@link #deliver} blocks.
 */
public final class VisionClient {
  private static final int CHUNK_BYTES = 64 << 10;

  private final List<String> workers;
  private final RpcChannels channels;
  private final PeerHealth health;

  /** A client of these {@code host:port}s. */
  public VisionClient(List<String> workers, RpcChannels channels, PeerHealth health) {
    this.workers = List.copyOf(workers);
    this.channels = channels;
    this.health = health;
  }

  /**
   * One image and where its embedding must arrive.
   *
   * @param tenant
   *          whose image it is
   * @param model
   *          whose tower encodes it
   * @param hash
   *          SHA-256 of the tensor
   * @param pixels
   *          the tensor
   * @param destinations
   *          {@code host:port} of each embedding service, in order
   */
  public record Delivery(String tenant, String model, ByteString hash, PixelTensor pixels, List<String> destinations) {
    public Delivery {
      destinations = List.copyOf(destinations);
    }
  }

  /**
   * Returns when every destination has acknowledged. Interrupting the thread cancels the call.
   *
   * @throws ServiceException
   *           the last worker's error when none could do it, or the first one that no other worker would answer better
   * @throws InterruptedException
   *           when interrupted
   */
  public void deliver(Delivery delivery) throws InterruptedException {
    ServiceError last = new ServiceError.Unavailable("no vision worker is configured");
    for (String worker : order(delivery.hash().toByteArray())) {
      try {
        encode(worker, delivery);
        return;
      } catch (StatusException e) {
        last = ServiceError.from(e);
        if (last instanceof ServiceError.InvalidArgument || last instanceof ServiceError.NotFound) {
          break;
        }
      }
    }
    throw last.toException();
  }

  /** Serving workers first; a worker thought dead is still better than none. */
  private List<String> order(byte[] hash) {
    List<String> serving = Rendezvous.order(workers.stream().filter(health::serving).toList(), hash);
    List<String> order = new ArrayList<>(serving);
    Rendezvous.order(workers, hash).stream().filter(worker -> !serving.contains(worker)).forEach(order::add);
    return order;
  }

  private void encode(String worker, Delivery delivery) throws InterruptedException, StatusException {
    BlockingClientCall<EncodeRequest, EncodeResponse> call = VisionServiceGrpc.newBlockingV2Stub(channels.to(worker))
        .withDeadlineAfter(Deadlines.ENCODE.toMillis(), TimeUnit.MILLISECONDS).encode();
    try {
      send(call, delivery);
      Set<String> waiting = new HashSet<>(delivery.destinations());
      while (!waiting.isEmpty()) {
        EncodeResponse response = call.read();
        if (response == null) {
          throw new ServiceError.Unavailable("the vision worker ended the call before " + waiting.size()
              + " of its " + delivery.destinations().size() + " deliveries").toStatus();
        }
        if (response.hasDelivered()) {
          waiting.remove(response.getDelivered().getDestination());
        }
      }
    } finally {
      // Harmless after its end; releases the call otherwise.
      call.cancel("the gateway needs no more answers", null);
    }
  }

  private static void send(BlockingClientCall<EncodeRequest, EncodeResponse> call, Delivery delivery)
      throws InterruptedException, StatusException {
    EncodeStart start = EncodeStart.newBuilder().setTenant(delivery.tenant()).setModel(delivery.model())
        .setImageHash(delivery.hash()).setSize(delivery.pixels().size()).addAllDestinations(delivery.destinations())
        .build();
    boolean open = call.write(EncodeRequest.newBuilder().setStart(start).build());
    byte[] bytes = delivery.pixels().bytes();
    for (int at = 0; open && at < bytes.length; at += CHUNK_BYTES) {
      ByteString chunk = UnsafeByteOperations.unsafeWrap(bytes, at, Math.min(CHUNK_BYTES, bytes.length - at));
      open = call.write(EncodeRequest.newBuilder().setPixels(chunk).build());
    }
    call.halfClose();
  }
}
