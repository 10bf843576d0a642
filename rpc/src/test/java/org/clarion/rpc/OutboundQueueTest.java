package org.clarion.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.stub.CallStreamObserver;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OutboundQueueTest {
  private final Wire wire = new Wire();
  private final OutboundQueue<String> queue = new OutboundQueue<>(wire, 2);

  @Test
  void writesWhileReadyAndKeepsTheOrder() {
    assertThat(queue.offer("a")).isTrue();
    wire.ready = false;
    assertThat(queue.offer("b")).isTrue();
    assertThat(queue.offer("c")).isTrue();
    assertThat(queue.offer("d")).isFalse();
    queue.complete();
    assertThat(wire.seen).containsExactly("a");
    wire.ready = true;
    queue.flush();
    assertThat(wire.seen).containsExactly("a", "b", "c", "end");
    assertThat(queue.offer("e")).isFalse();
  }

  @Test
  void anErrorOvertakesWhatWaits() {
    wire.ready = false;
    queue.offer("a");
    queue.fail(new IllegalStateException("x"));
    queue.complete();
    queue.fail(new IllegalStateException("y"));
    assertThat(wire.seen).containsExactly("error x");
  }

  @Test
  void anErrorAfterCompletionOvertakesTheRest() {
    wire.ready = false;
    queue.offer("a");
    queue.complete();
    queue.fail(new IllegalStateException("x"));
    wire.ready = true;
    queue.flush();
    assertThat(wire.seen).containsExactly("error x");
  }

  private static final class Wire extends CallStreamObserver<String> {
    private final List<String> seen = new ArrayList<>();
    private boolean ready = true;

    @Override
    public boolean isReady() {
      return ready;
    }

    @Override
    public void setOnReadyHandler(Runnable handler) {}

    @Override
    public void disableAutoInboundFlowControl() {}

    @Override
    public void request(int count) {}

    @Override
    public void setMessageCompression(boolean enable) {}

    @Override
    public void onNext(String value) {
      seen.add(value);
    }

    @Override
    public void onError(Throwable t) {
      seen.add("error " + t.getMessage());
    }

    @Override
    public void onCompleted() {
      seen.add("end");
    }
  }
}
