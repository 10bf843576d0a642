package org.clarion.llm.rpc;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.clarion.engine.collective.Collective;
import org.clarion.engine.collective.CollectiveException;
import org.clarion.engine.collective.Collectives;
import org.clarion.llm.exec.RankGroup;
import org.clarion.proto.v1.CollectiveServiceGrpc.CollectiveServiceImplBase;
import org.clarion.proto.v1.ExchangeRequest;
import org.clarion.proto.v1.ExchangeResponse;
import org.clarion.proto.v1.GroupJoined;
import org.clarion.proto.v1.JoinGroup;
import org.clarion.rpc.ServiceError;
import org.jspecify.annotations.Nullable;

/**
 * Rank 0 of a group over gRPC: the service that the other ranks call, and the meeting with them. A rank that comes
 * before rank 0 has opened the replica with the same epoch waits; one with an older epoch is refused, also when it
 * waits already. At most one call of each rank waits. Thread-safe; {@link #form} belongs to one thread.
 */
public final class GrpcLeader implements RankGroup {
  private record Waiting(JoinGroup join, StreamLink<ExchangeResponse> link) {}

  private final int size;
  private final Duration forming;
  private final Duration deadline;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition came = lock.newCondition();
  private final Map<Integer, Waiting> waiting = new HashMap<>();
  private long newest;

  /**
   * Rank 0 of {@code size}.
   *
   * @param forming
   *          how long it waits for the others to come
   * @param deadline
   *          how long it waits for the others in each call
   */
  public GrpcLeader(int size, Duration forming, Duration deadline) {
    this.size = size;
    this.forming = forming;
    this.deadline = deadline;
  }

  @Override
  public int rank() {
    return 0;
  }

  @Override
  public int size() {
    return size;
  }

  /** What the other ranks call. Its handlers do not block. */
  public CollectiveServiceImplBase service() {
    return new CollectiveServiceImplBase() {
      @Override
      public StreamObserver<ExchangeRequest> exchange(StreamObserver<ExchangeResponse> responses) {
        var stream = (ServerCallStreamObserver<ExchangeResponse>) responses;
        Member member = new Member(stream);
        stream.disableAutoRequest();
        stream.setOnReadyHandler(member::ready);
        stream.setOnCancelHandler(() -> member.lost("CANCELLED"));
        stream.request(1);
        return member;
      }
    };
  }

  @Override
  public Collective form(String replica, long epoch) {
    long left = forming.toNanos();
    lock.lock();
    try {
      newest = epoch;
      refuseOlder();
      while (!allCame(replica, epoch)) {
        if (left <= 0) {
          throw new CollectiveException("rank 0 waited for " + missing(replica, epoch) + " of " + size + " ranks for "
              + forming);
        }
        left = came.awaitNanos(left);
      }
      List<StreamLink<ExchangeResponse>> links = new ArrayList<>();
      for (int rank = 1; rank < size; rank++) {
        Waiting peer = waiting.remove(rank);
        if (peer != null) {
          links.add(peer.link());
        }
      }
      links.forEach(link -> link.open(ExchangeResponse.newBuilder().setJoined(GroupJoined.newBuilder().setEpoch(epoch))
          .build()));
      return Collectives.messages(0, size, links, deadline);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CollectiveException("rank 0 was interrupted while it waited for its peers", e);
    } finally {
      lock.unlock();
    }
  }

  private boolean allCame(String replica, long epoch) {
    return missing(replica, epoch) == 0;
  }

  private int missing(String replica, long epoch) {
    waiting.values().removeIf(peer -> peer.link().isOver());
    return size - 1 - (int) waiting.values().stream().filter(peer -> peer.join().getEpoch() == epoch && peer.join()
        .getReplica().equals(replica)).count();
  }

  private void refuseOlder() {
    waiting.values().removeIf(peer -> {
      boolean old = Long.compareUnsigned(peer.join().getEpoch(), newest) < 0;
      if (old) {
        peer.link().fail(new ServiceError.StaleEpoch(peer.join().getEpoch(), newest).message());
      }
      return old;
    });
  }

  private void join(JoinGroup join, StreamLink<ExchangeResponse> link) {
    lock.lock();
    try {
      if (Long.compareUnsigned(join.getEpoch(), newest) < 0) {
        throw new ServiceError.StaleEpoch(join.getEpoch(), newest).toException();
      }
      Waiting before = waiting.put(join.getRank(), new Waiting(join, link));
      if (before != null) {
        before.link().fail("rank " + join.getRank() + " came again");
      }
      came.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void check(JoinGroup join) {
    if (join.getRanks() != size || join.getRank() < 1 || join.getRank() >= size) {
      throw new ServiceError.InvalidArgument("rank " + join.getRank() + " of " + join.getRanks()
          + " does not belong to a group of " + size).toException();
    }
  }

  /** One rank's call. */
  private final class Member implements StreamObserver<ExchangeRequest> {
    private final ServerCallStreamObserver<ExchangeResponse> stream;
    private @Nullable StreamLink<ExchangeResponse> link;

    Member(ServerCallStreamObserver<ExchangeResponse> stream) {
      this.stream = stream;
    }

    @Override
    public void onNext(ExchangeRequest request) {
      StreamLink<ExchangeResponse> current = link;
      if (current == null) {
        if (!request.hasJoin()) {
          throw new ServiceError.FailedPrecondition("the first message is " + request.getMessageCase() + ", not JOIN")
              .toException();
        }
        JoinGroup join = request.getJoin();
        check(join);
        current = new StreamLink<>(0, join.getRank(), stream, part -> ExchangeResponse.newBuilder().setPart(part)
            .build(), reason -> ExchangeResponse.newBuilder().setFailed(reason).build());
        link = current;
        stream.request(StreamLink.CAPACITY);
        join(join, current);
        return;
      }
      switch (request.getMessageCase()) {
        case PART -> current.received(request.getPart());
        case FAILED -> current.failedBy(request.getFailed());
        case JOIN, MESSAGE_NOT_SET -> throw new ServiceError.FailedPrecondition(
            "a message is " + request.getMessageCase() + ", not PART or FAILED").toException();
      }
    }

    @Override
    public void onError(Throwable error) {
      lost(Status.fromThrowable(error).getCode().name());
    }

    @Override
    public void onCompleted() {
      StreamLink<ExchangeResponse> current = link;
      if (current == null) {
        stream.onCompleted();
      } else {
        current.left();
      }
    }

    void ready() {
      StreamLink<ExchangeResponse> current = link;
      if (current != null) {
        current.ready();
      }
    }

    void lost(String why) {
      StreamLink<ExchangeResponse> current = link;
      if (current != null) {
        current.lost(why);
      }
    }
  }
}
