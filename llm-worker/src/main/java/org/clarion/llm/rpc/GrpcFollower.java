package org.clarion.llm.rpc;

import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.clarion.engine.collective.Collective;
import org.clarion.engine.collective.CollectiveException;
import org.clarion.engine.collective.Collectives;
import org.clarion.engine.collective.PeerLink;
import org.clarion.llm.exec.RankGroup;
import org.clarion.proto.v1.CollectiveServiceGrpc;
import org.clarion.proto.v1.ExchangeRequest;
import org.clarion.proto.v1.ExchangeResponse;
import org.clarion.proto.v1.JoinGroup;
import org.clarion.rpc.RpcChannels;
import org.jspecify.annotations.Nullable;

/**
 * A rank above 0 of a group over gRPC: each opening of the replica is one {@code Exchange} call to rank 0, over a
 * connection of its own, so that nothing of an old group delays a new one. One thread.
 *
 * @param leader
 *          {@code host:port} of rank 0
 * @param forming
 *          how long it waits for the group to be complete
 * @param deadline
 *          how long it waits for the others in each call
 */
public record GrpcFollower(int rank, int size, String leader, Duration forming,
    Duration deadline) implements RankGroup {
  private static final long RETRY_NANOS = 20_000_000;

  @Override
  public Collective form(String replica, long epoch) {
    long end = System.nanoTime() + forming.toNanos();
    JoinGroup join = JoinGroup.newBuilder().setReplica(replica).setEpoch(epoch).setRank(rank).setRanks(size).build();
    while (true) {
      RpcChannels channels = new RpcChannels();
      Call call = new Call(rank);
      CollectiveServiceGrpc.newStub(channels.to(leader)).exchange(call);
      StreamLink<ExchangeRequest> link = call.link();
      link.open(ExchangeRequest.newBuilder().setJoin(join).build());
      try {
        call.joined.get(Math.max(1, end - System.nanoTime()), TimeUnit.NANOSECONDS);
        return Collectives.messages(rank, size, List.of(new OwnChannel(link, channels, leader)), deadline);
      } catch (ExecutionException e) {
        channels.drop(leader);
        // Rank 0 may still be starting; anything else is its answer.
        if (Status.fromThrowable(e).getCode() != Status.Code.UNAVAILABLE || System.nanoTime() > end) {
          Throwable cause = e.getCause();
          throw new CollectiveException("rank " + rank + " cannot join rank 0 at " + leader + ": "
              + (cause == null ? e : cause).getMessage(), e);
        }
      } catch (TimeoutException e) {
        channels.drop(leader);
        throw new CollectiveException("rank 0 at " + leader + " has not welcomed rank " + rank + " within " + forming,
            e);
      } catch (InterruptedException e) {
        channels.drop(leader);
        Thread.currentThread().interrupt();
        throw new CollectiveException("rank " + rank + " was interrupted while it waited for rank 0 at " + leader, e);
      }
      LockSupport.parkNanos(RETRY_NANOS);
    }
  }

  /** This rank's side of the call. */
  private static final class Call implements ClientResponseObserver<ExchangeRequest, ExchangeResponse> {
    private final int rank;
    private final CompletableFuture<Void> joined = new CompletableFuture<>();
    private @Nullable StreamLink<ExchangeRequest> link;

    Call(int rank) {
      this.rank = rank;
    }

    StreamLink<ExchangeRequest> link() {
      StreamLink<ExchangeRequest> current = link;
      if (current == null) {
        throw new IllegalStateException("the call has not begun");
      }
      return current;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<ExchangeRequest> stream) {
      StreamLink<ExchangeRequest> made = new StreamLink<>(rank, 0, stream, part -> ExchangeRequest.newBuilder().setPart(
          part).build(), reason -> ExchangeRequest.newBuilder().setFailed(reason).build());
      link = made;
      stream.disableAutoRequestWithInitial(1 + StreamLink.CAPACITY);
      stream.setOnReadyHandler(made::ready);
    }

    @Override
    public void onNext(ExchangeResponse response) {
      switch (response.getMessageCase()) {
        case JOINED -> joined.complete(null);
        case PART -> link().received(response.getPart());
        case FAILED -> {
          link().failedBy(response.getFailed());
          joined.completeExceptionally(new CollectiveException(response.getFailed()));
        }
        case MESSAGE_NOT_SET -> link().lost("an empty message");
      }
    }

    @Override
    public void onError(Throwable error) {
      link().lost(Status.fromThrowable(error).getCode().name());
      joined.completeExceptionally(error);
    }

    @Override
    public void onCompleted() {
      link().left();
      joined.completeExceptionally(new CollectiveException("rank 0 has left"));
    }
  }

  /** The link with the connection that belongs to it. */
  private record OwnChannel(StreamLink<ExchangeRequest> link, RpcChannels channels, String leader)
      implements
        PeerLink {
    @Override
    public void send(Frame frame, Duration within) {
      link.send(frame, within);
    }

    @Override
    public Frame receive(Duration within) {
      return link.receive(within);
    }

    @Override
    public void fail(String reason) {
      link.fail(reason);
      channels.release(leader);
    }

    @Override
    public void close() {
      link.close();
      channels.release(leader);
    }
  }
}
