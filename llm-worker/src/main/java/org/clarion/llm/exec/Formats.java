package org.clarion.llm.exec;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.clarion.models.grammar.Constraint;
import org.clarion.models.grammar.FormatException;
import org.clarion.models.grammar.FormatLimits;
import org.clarion.models.grammar.OutputFormat;
import org.clarion.models.grammar.Vocabulary;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compiled formats of the rank that samples, kept for the generations that ask for the same again. What is dropped
 * lives on in the sequences that use it. Thread-safe; a format is used by the engine's thread alone.
 */
public final class Formats {
  private static final Logger log = LoggerFactory.getLogger(Formats.class);
  private static final int MAX_FORMATS = 64;
  private static final long MAX_BYTES = 192L << 20;
  /** One that has grown beyond is made anew for the next generation that wants it. */
  private static final long MAX_BYTES_OF_ONE = 48L << 20;

  private record Key(OutputFormat format, List<Integer> ends) {}

  private final Vocabulary vocabulary;
  private final Map<Key, CompletableFuture<Constraint>> known = new LinkedHashMap<>(16, 0.75f, true);
  private final Timer compiled;
  private final Counter found;
  private final Counter refused;

  /** Formats over a vocabulary. */
  public Formats(Vocabulary vocabulary, MeterRegistry registry) {
    this.vocabulary = vocabulary;
    compiled = Timer.builder("clarion_format_compile").description("Formats compiled for answers").register(registry);
    found = Counter.builder("clarion_format_cache_hits").description("Formats that were compiled already")
        .register(registry);
    refused = Counter.builder("clarion_format_refused")
        .description("Formats that could not be compiled here although they were admitted").register(registry);
    Gauge.builder("clarion_format_memory", this, Formats::memory).baseUnit("bytes")
        .description("Memory of compiled formats and their masks, roughly").register(registry);
  }

  /**
   * The format over this rank's vocabulary; it is compiled on a thread of its own, and whoever asks the result for it
   * waits. One that cannot be compiled was admitted by mistake: its answer is empty rather than free.
   *
   * @param ends
   *          ids that end an answer
   */
  public synchronized Supplier<Constraint> of(OutputFormat format, List<Integer> ends) {
    Key key = new Key(format, ends);
    CompletableFuture<Constraint> constraint = known.get(key);
    if (constraint != null && memory(constraint) <= MAX_BYTES_OF_ONE) {
      found.increment();
      return constraint::join;
    }
    CompletableFuture<Constraint> made = new CompletableFuture<>();
    var _ = Thread.ofVirtual().name("format-compile").start(() -> compile(key, made));
    known.put(key, made);
    var eldest = known.entrySet().iterator();
    while (known.size() > 1 && (known.size() > MAX_FORMATS || memory() > MAX_BYTES)) {
      eldest.next();
      eldest.remove();
    }
    return made::join;
  }

  private void compile(Key key, CompletableFuture<Constraint> made) {
    long start = System.nanoTime();
    try {
      made.complete(Constraint.of(key.format(), vocabulary, key.ends(), FormatLimits.STANDARD));
    } catch (FormatException e) {
      refused.increment();
      log.warn("a format that was admitted cannot be compiled for this vocabulary: {}", e.code().word());
      made.complete(Constraint.closed(vocabulary, key.ends()));
    } catch (RuntimeException | Error e) {
      made.completeExceptionally(e);
    }
    compiled.record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
  }

  private synchronized long memory() {
    return known.values().stream().mapToLong(Formats::memory).sum();
  }

  private static long memory(CompletableFuture<Constraint> constraint) {
    return constraint.isDone() && !constraint.isCompletedExceptionally() ? constraint.join().memory() : 0;
  }
}
