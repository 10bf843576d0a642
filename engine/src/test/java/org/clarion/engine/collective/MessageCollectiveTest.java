package org.clarion.engine.collective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The star, over inboxes of this process. */
class MessageCollectiveTest extends CollectiveContract {
  private static final Duration SHORT = Duration.ofMillis(100);

  @Override
  protected List<Collective> group(int size, Duration deadline) {
    List<PeerLink> links = new ArrayList<>();
    List<Collective> ends = new ArrayList<>();
    for (int rank = 1; rank < size; rank++) {
      InboxLink[] pair = InboxLink.pair(rank);
      links.add(pair[0]);
      ends.add(Collectives.messages(rank, size, List.of(pair[1]), deadline));
    }
    ends.addFirst(Collectives.messages(0, size, links, deadline));
    return ends;
  }

  @Override
  protected int[] sizes() {
    return new int[]{1, 2, 3};
  }

  @Test
  void partsOfTheWrongSizeAreRefused() {
    InboxLink[] pair = InboxLink.pair(1);
    pair[1].send(new PeerLink.Frame(Operation.ALL_REDUCE.code(), 2, ByteBuffer.allocate(12)), SHORT);
    Collective leader = Collectives.messages(0, 2, List.of(pair[0]), SHORT);
    assertThatThrownBy(() -> leader.allReduce(FloatBuffer.allocate(2))).isInstanceOf(CollectiveException.class)
        .hasMessageContaining("a part of 12 bytes where 8 belong");
    assertThatThrownBy(() -> pair[1].receive(SHORT)).hasMessageContaining("a part of 12 bytes");
  }

  @Test
  void aFullInboxTakesNoMore() {
    FrameInbox inbox = new FrameInbox(1, 1);
    PeerLink.Frame frame = new PeerLink.Frame(1, 0, ByteBuffer.allocate(0));
    assertThat(inbox.offer(frame)).isTrue();
    assertThat(inbox.offer(frame)).isFalse();
    inbox.end("rank 1 has left");
    inbox.end("again");
    assertThat(inbox.take(SHORT)).isEqualTo(frame);
    assertThatThrownBy(() -> inbox.take(SHORT)).isInstanceOf(CollectiveException.class).hasMessage("rank 1 has left");
  }

  @Test
  void everyRankNeedsItsLinks() {
    assertThatThrownBy(() -> Collectives.messages(0, 3, List.of(), SHORT)).hasMessageContaining("needs 2 links, not 0");
  }

  /** One side of a link within a process. */
  private record InboxLink(int peer, FrameInbox in, FrameInbox out, int self) implements PeerLink {
    static InboxLink[] pair(int rank) {
      FrameInbox up = new FrameInbox(rank, 1_000);
      FrameInbox down = new FrameInbox(0, 1_000);
      return new InboxLink[]{new InboxLink(rank, up, down, 0), new InboxLink(0, down, up, rank)};
    }

    @Override
    public void send(Frame frame, Duration within) {
      String end = in.ended();
      if (end != null || !out.offer(frame)) {
        throw new CollectiveException(end == null ? "rank " + peer + " has left" : end);
      }
    }

    @Override
    public Frame receive(Duration within) {
      return in.take(within);
    }

    @Override
    public void fail(String reason) {
      out.end(reason);
      in.end(reason);
    }

    @Override
    public void close() {
      out.end("rank " + self + " has left");
      in.end("rank " + self + " has left");
    }
  }
}
