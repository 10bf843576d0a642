package org.clarion.deploy.terminal;

import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/** A progress bar on a terminal, and nothing elsewhere. Thread-safe. */
public final class Bar implements AutoCloseable {
  private static final int WIDTH = 90;

  private final @Nullable ProgressBar bar;

  private Bar(@Nullable ProgressBar bar) {
    this.bar = bar;
  }

  /**
   * A bar that counts to {@code total} {@code unit}s, shown in steps of {@code unitSize}; 0 when the end is unknown.
   */
  public static Bar open(Screen screen, String task, long total, String unit, long unitSize) {
    if (!screen.terminal()) {
      return new Bar(null);
    }
    return new Bar(new ProgressBarBuilder().setTaskName(task).setInitialMax(total <= 0 ? -1 : total).setUnit(unit,
        unitSize).setStyle(ProgressBarStyle.COLORFUL_UNICODE_BAR).setUpdateIntervalMillis(200).setConsumer(
            new ConsoleProgressBarConsumer(screen.err(), WIDTH))
        .clearDisplayOnFinish().build());
  }

  /** How far it is. */
  public void at(long value) {
    if (bar != null) {
      bar.stepTo(value);
    }
  }

  /** A remark beside the bar. */
  public void say(String text) {
    if (bar != null) {
      bar.setExtraMessage(text);
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
