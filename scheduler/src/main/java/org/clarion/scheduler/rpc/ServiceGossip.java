package org.clarion.scheduler.rpc;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.clarion.rpc.ServiceError;
import org.clarion.scheduler.api.OwnerId;
import org.clarion.scheduler.api.ServiceBoard;
import org.clarion.scheduler.api.ServiceReport;
import org.clarion.scheduler.core.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells other replicas of the model what was given here and hears what they gave, about every 100 ms while there is
 * something to tell. Belongs to the owner's thread, which it never makes wait: at most one exchange is under way.
 */
final class ServiceGossip {
  private static final Logger log = LoggerFactory.getLogger(ServiceGossip.class);
  private static final long PERIOD = Duration.ofMillis(100).toNanos();

  private final ServiceBoard board;
  private final String model;
  private final Executor background;
  private final Executor owner;
  private OwnerId reporter = anew();
  private long last = System.nanoTime();
  private boolean busy;
  private boolean failed;

  ServiceGossip(ServiceBoard board, String model, Executor background, Executor owner) {
    this.board = board;
    this.model = model;
    this.background = background;
    this.owner = owner;
  }

  private static OwnerId anew() {
    return new OwnerId("served-" + UUID.randomUUID());
  }

  /** The scheduler starts over with empty accounts. */
  void reset() {
    reporter = anew();
  }

  /** Exchanges reports when it is time. */
  void tick(Scheduler scheduler, long now, Consumer<List<ServiceReport>> heard) {
    if (busy || now - last < PERIOD) {
      return;
    }
    last = now;
    scheduler.report(reporter, model).ifPresent(report -> {
      busy = true;
      background.execute(() -> exchange(report, heard));
    });
  }

  private void exchange(ServiceReport report, Consumer<List<ServiceReport>> heard) {
    try {
      board.publish(report);
      List<ServiceReport> others = board.reports().stream().filter(
          other -> other.model().equals(model) && !other.reporter().equals(report.reporter())).toList();
      owner.execute(() -> {
        done(true);
        heard.accept(others);
      });
    } catch (RuntimeException e) {
      String code = ServiceError.from(e).code();
      owner.execute(() -> {
        if (!failed) {
          log.warn("what was served cannot be told to other replicas: {}", code);
        }
        done(false);
      });
    }
  }

  private void done(boolean well) {
    busy = false;
    failed = !well;
  }
}
