package org.clarion.vision.exec;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;

/** What the encoder process counts. Thread-safe. */
public final class VisionMetrics {
  private final Counter encodes;
  private final Counter cacheHits;
  private final Counter joined;
  private final Counter refused;
  private final Counter deliveries;
  private final Counter retries;
  private final Timer encode;

  public VisionMetrics(MeterRegistry registry) {
    encodes = Counter.builder("clarion_vision_encodes").description("Images encoded").register(registry);
    cacheHits = Counter.builder("clarion_vision_cache_hits").description("Images found in the cache")
        .register(registry);
    joined = Counter.builder("clarion_vision_joined").description("Images that another request was encoding")
        .register(registry);
    refused = Counter.builder("clarion_vision_refused").description("Images refused because too many wait")
        .register(registry);
    deliveries = Counter.builder("clarion_vision_deliveries").description("Embeddings acknowledged by a destination")
        .register(registry);
    retries = Counter.builder("clarion_vision_delivery_retries").description("Deliveries tried again")
        .register(registry);
    encode = Timer.builder("clarion_vision_encode").description("Time of one encode, of one image or several")
        .register(registry);
  }

  void encoded(int images, long nanos) {
    encodes.increment(images);
    encode.record(nanos, TimeUnit.NANOSECONDS);
  }

  void hit() {
    cacheHits.increment();
  }

  void joined() {
    joined.increment();
  }

  /** An image was refused. */
  public void refused() {
    refused.increment();
  }

  /** A destination acknowledged an embedding. */
  public void delivered() {
    deliveries.increment();
  }

  /** A delivery is tried again. */
  public void retried() {
    retries.increment();
  }
}
