package org.clarion.deploy.command;

import java.time.Duration;
import java.util.Locale;
import org.clarion.deploy.terminal.Bar;
import org.clarion.deploy.terminal.Screen;
import org.clarion.training.align.Stage;
import org.clarion.training.align.Trainer;
import org.jspecify.annotations.Nullable;

/**
 * A bar for each stage on a terminal, a line now and then elsewhere. Called by the trainer's thread; {@link #stop} and
 * {@link #stopping} by any.
 */
final class AlignProgress implements Trainer.Watcher, AutoCloseable {
  private static final double SMOOTHING = 0.98;
  private static final Duration BETWEEN_LINES = Duration.ofSeconds(30);

  private final Screen screen;
  private @Nullable Bar bar;
  private String task = "";
  private double loss = Double.NaN;
  private double seconds = Double.NaN;
  private double positions = Double.NaN;
  private long said = System.nanoTime();
  private volatile boolean stopping;

  AlignProgress(Screen screen) {
    this.screen = screen;
  }

  @Override
  public void preparing(String stage, int done, int total) {
    show("pictures of " + stage, total).at(done);
    if (!screen.terminal() && due()) {
      screen.note("pictures of " + stage + ": " + done + " of " + total);
    }
  }

  @Override
  public void stage(Stage stage, long from, long parameters, int lessons) {
    close();
    screen.note(String.format(Locale.ROOT, "stage %s: %s, %.2f million parameters, %d pictures, %d steps of %d%s", stage
        .name(), stage.trained(), parameters / 1e6, lessons, stage.steps(), stage.picturesPerStep(),
        from > 0
            ? ", going on after step " + from
            : ""));
    loss = Double.NaN;
    seconds = Double.NaN;
    positions = Double.NaN;
  }

  @Override
  public void step(Stage stage, long step, double now, long done, double took) {
    loss = smooth(loss, now);
    seconds = smooth(seconds, took);
    positions = smooth(positions, (double) done);
    Duration left = Duration.ofSeconds(Math.round((stage.steps() - step) * seconds));
    String state = String.format(Locale.ROOT, "loss %.4f, %.0f tokens/s, %s left", loss, positions / seconds, left(
        left));
    Bar shown = show(stage.name(), stage.steps());
    shown.say(state);
    shown.at(step);
    if (!screen.terminal() && (step == 1 || step == stage.steps() || due())) {
      screen.note("stage " + stage.name() + ", step " + step + " of " + stage.steps() + ": " + state);
    }
  }

  private static double smooth(double before, double now) {
    return Double.isNaN(before) ? now : SMOOTHING * before + (1 - SMOOTHING) * now;
  }

  private static String left(Duration left) {
    return left.toHours() > 0
        ? String.format(Locale.ROOT, "%d h %02d min", left.toHours(), left.toMinutesPart())
        : left.toMinutes() > 0 ? left.toMinutes() + " min" : left.toSeconds() + " s";
  }

  private boolean due() {
    long now = System.nanoTime();
    if (now - said < BETWEEN_LINES.toNanos()) {
      return false;
    }
    said = now;
    return true;
  }

  private Bar show(String wanted, long total) {
    Bar shown = bar;
    if (shown == null || !task.equals(wanted)) {
      close();
      shown = Bar.open(screen, wanted, total, "", 1);
      bar = shown;
      task = wanted;
    }
    return shown;
  }

  @Override
  public void note(String text) {
    screen.warning(text);
  }

  /** Asks for an end after the step that is being made. */
  void stop() {
    stopping = true;
  }

  @Override
  public boolean stopping() {
    return stopping;
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
    task = "";
  }
}
