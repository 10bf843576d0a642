package org.clarion.scheduler.rpc;

import io.grpc.stub.CallStreamObserver;
import java.util.concurrent.Executor;
import org.clarion.proto.v1.GenerateResponse;
import org.clarion.proto.v1.GenerateStart;
import org.clarion.proto.v1.Tokens;
import org.clarion.rpc.ServiceError;
import org.clarion.scheduler.api.GenerationKey;
import org.jspecify.annotations.Nullable;

/**
 * A client of the simulation, with the gateway before it: it asks anybody, reads, and asks the next with a number of
 * tokens when its call breaks or is silent. A careless one forgets what it had, or believes to have had more.
 */
final class SimulatedReader {
  private static final int SILENCE = 400;

  private final ProtocolWorld world;
  private final GenerationKey key;
  private final boolean careless;
  private final boolean slow;
  private final GenerateStart start;
  private int next;
  private int proven;
  private boolean settled;
  private @Nullable Connection connection;

  SimulatedReader(ProtocolWorld world, int generation, GenerationKey key, boolean careless) {
    this.world = world;
    this.key = key;
    this.careless = careless;
    slow = world.random.nextInt(5) == 0;
    start = GenerateStart.newBuilder().setTenant(key.tenant().value()).setGenerationId(key.id().value())
        .setMaxTokens(world.length(generation)).build();
  }

  boolean settled() {
    return settled;
  }

  /** Asks anybody for the rest. */
  void connect() {
    if (settled) {
      return;
    }
    if (careless && world.faulty()) {
      next = world.random.nextInt(proven + 2 + world.random.nextInt(20));
    }
    SimulatedOwner owner = world.owners.get(world.random.nextInt(world.owners.size()));
    Connection made = new Connection(owner);
    connection = made;
    world.at(world.delay(), () -> owner.later(0, () -> owner.read(made, start, key, made.from)));
    silence(made, made.heard);
  }

  private void silence(Connection watched, int heard) {
    world.at(SILENCE, () -> {
      if (connection == watched && !settled) {
        if (watched.heard == heard) {
          hangUp();
        } else {
          silence(watched, watched.heard);
        }
      }
    });
  }

  /** The connection breaks; the owner learns of it some time. */
  void hangUp() {
    Connection left = connection;
    if (left != null && !settled) {
      left.leave();
      connection = null;
      world.at(10 + world.random.nextInt(100), this::connect);
    }
  }

  /** The process at the other end died. */
  void lost(SimulatedOwner owner) {
    Connection left = connection;
    if (left != null && left.owner == owner) {
      world.at(world.delay(), () -> {
        if (connection == left) {
          hangUp();
        }
      });
    }
  }

  private void receive(Tokens tokens) {
    if (tokens.getFirstIndex() != next) {
      throw new ProtocolWorld.Violation("token " + tokens.getFirstIndex() + " came where " + next + " was due");
    }
    world.emitted(key, next, tokens.getIdsList());
    next += tokens.getIdsCount();
    proven = Math.max(proven, next);
  }

  private void finished() {
    if (next != world.logged(key).length || !world.ended(key)) {
      throw new ProtocolWorld.Violation("the end was told after " + next + " tokens of " + world.logged(key).length);
    }
    if (world.logged(key).length != start.getMaxTokens()) {
      throw new ProtocolWorld.Violation("the answer is not whole");
    }
    settled = true;
  }

  private void failed(Connection on, String code) {
    if (code.equals("generation_lost")) {
      if (on.from <= proven) {
        throw new ProtocolWorld.Violation("a reader with " + on.from + " true tokens was told that they are lost");
      }
      settled = true;
    } else {
      hangUp();
    }
  }

  /** One call: messages arrive in order, or not at all. */
  final class Connection extends CallStreamObserver<GenerateResponse> {
    private final SimulatedOwner owner;
    private final GenerationStream stream = new GenerationStream(this);
    private final int from = next;
    private boolean open = true;
    private @Nullable Generation generation;
    private Executor process;
    private int heard;
    private int inFlight;
    private long last;

    Connection(SimulatedOwner owner) {
      this.owner = owner;
      process = owner.now();
    }

    void reads(Generation answer, int first) {
      generation = answer;
      process = owner.now();
      stream.read(answer.tape, first, SimulatedOwner::opening);
    }

    void fails(ServiceError error) {
      stream.fail(error);
    }

    void elsewhere() {
      stream.fail(new ServiceError.Unavailable("ask elsewhere"));
    }

    private void leave() {
      open = false;
      Executor left = process;
      world.at(world.delay(), () -> left.execute(() -> {
        Generation read = generation;
        if (read != null) {
          read.tape.leave(stream);
        }
      }));
    }

    private void deliver(Runnable message) {
      inFlight++;
      int pause = slow && world.faulty() ? world.random.nextInt(150) : 0;
      last = Math.max(last, world.now + world.delay() + pause);
      world.at(last - world.now, () -> {
        inFlight--;
        heard++;
        if (open && connection == this && !settled) {
          message.run();
        }
        process.execute(stream::flush);
      });
    }

    @Override
    public void onNext(GenerateResponse message) {
      if (message.hasTokens()) {
        world.emitted(key, message.getTokens().getFirstIndex(), message.getTokens().getIdsList());
      }
      deliver(() -> {
        if (message.hasTokens()) {
          receive(message.getTokens());
        } else if (message.hasFinished()) {
          finished();
        }
      });
    }

    @Override
    public void onError(Throwable error) {
      deliver(() -> failed(this, ServiceError.from(error).code()));
    }

    @Override
    public void onCompleted() {
      // The end is a message of its own.
    }

    @Override
    public boolean isReady() {
      return inFlight < (slow ? 1 : 4);
    }

    @Override
    public void setOnReadyHandler(Runnable handler) {
      // The stream is flushed after every delivery.
    }

    @Override
    public void disableAutoInboundFlowControl() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void request(int count) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void setMessageCompression(boolean enable) {
      throw new UnsupportedOperationException();
    }
  }
}
