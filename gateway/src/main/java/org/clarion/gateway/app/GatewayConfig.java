package org.clarion.gateway.app;

import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.clarion.gateway.tenant.Tenant;
import org.clarion.rpc.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * What a gateway is told. Exactly one of {@code apiKeys} and {@code embeddedTenant} is there.
 *
 * @param bind
 *          {@code host:port} of the HTTP side; port 0 picks a free one
 * @param schedulers
 *          {@code host:port} of each scheduler
 * @param visionWorkers
 *          {@code host:port} of each vision worker; none for text-only models
 * @param models
 *          ids of the models that it offers
 * @param apiKeys
 *          file of hashed keys
 * @param embeddedTenant
 *          the clinic as which everybody is served, without keys
 * @param limits
 *          bounds
 */
public record GatewayConfig(String bind, List<String> schedulers, List<String> visionWorkers, List<String> models,
    Optional<Path> apiKeys, Optional<Tenant> embeddedTenant, GatewayLimits limits) {
  static final String BIND = "bind";
  static final String SCHEDULERS = "schedulers";
  static final String VISION_WORKERS = "vision-workers";
  static final String MODELS = "models";
  static final String API_KEYS = "api-keys";
  static final String EMBEDDED_TENANT = "embedded-tenant";
  static final String LIMITS = "limits";
  private static final Set<String> KEYS = Set.of(BIND, SCHEDULERS, VISION_WORKERS, MODELS, API_KEYS, EMBEDDED_TENANT,
      LIMITS);
  private static final Set<String> LIMIT_KEYS = Set.of("body-bytes", "upload-bytes", "images", "image-queue",
      "generations", "default-max-tokens");
  private static final String DEFAULT_BIND = "127.0.0.1:8080";

  public GatewayConfig {
    schedulers = List.copyOf(schedulers);
    visionWorkers = List.copyOf(visionWorkers);
    models = List.copyOf(new LinkedHashSet<>(models));
    Endpoint.parse(bind);
    schedulers.forEach(Endpoint::parse);
    visionWorkers.forEach(Endpoint::parse);
    require(!schedulers.isEmpty(), SCHEDULERS + " must name at least one host:port");
    require(!models.isEmpty(), MODELS + " must name at least one model");
    require(apiKeys.isPresent() != embeddedTenant.isPresent(),
        "exactly one of " + API_KEYS + " and " + EMBEDDED_TENANT + " must be set");
  }

  /**
   * Reads the role's part of a configuration file.
   *
   * @throws IllegalArgumentException
   *           naming the key that is unknown, missing or wrong
   */
  public static GatewayConfig parse(Map<String, ?> map) {
    known("gateway", map, KEYS);
    String keys = string(map, API_KEYS);
    String tenant = string(map, EMBEDDED_TENANT);
    String bind = string(map, BIND);
    return new GatewayConfig(bind == null ? DEFAULT_BIND : bind, strings(map, SCHEDULERS),
        strings(map, VISION_WORKERS), strings(map, MODELS), Optional.ofNullable(keys).map(Path::of),
        Optional.ofNullable(tenant).map(Tenant::new), limits(map.get(LIMITS)));
  }

  private static GatewayLimits limits(@Nullable Object value) {
    if (value == null) {
      return GatewayLimits.DEFAULT;
    }
    if (!(value instanceof Map<?, ?> map)) {
      throw new IllegalArgumentException(LIMITS + " must be a map");
    }
    known(LIMITS, map, LIMIT_KEYS);
    GatewayLimits defaults = GatewayLimits.DEFAULT;
    return new GatewayLimits((int) number(map, "body-bytes", defaults.bodyBytes(), Integer.MAX_VALUE),
        number(map, "upload-bytes", defaults.uploadBytes(), Long.MAX_VALUE),
        (int) number(map, "images", defaults.images(), 1_000),
        (int) number(map, "image-queue", defaults.imageQueue(), 1_000_000),
        (int) number(map, "generations", defaults.generations(), 1_000_000),
        (int) number(map, "default-max-tokens", defaults.defaultMaxTokens(), 1_000_000));
  }

  private static void known(String where, Map<?, ?> map, Set<String> known) {
    Set<String> unknown = new TreeSet<>();
    map.keySet().forEach(key -> unknown.add(String.valueOf(key)));
    unknown.removeAll(known);
    require(unknown.isEmpty(), where + " has unknown keys " + unknown + "; known: " + new TreeSet<>(known));
  }

  private static @Nullable String string(Map<?, ?> map, String key) {
    Object value = map.get(key);
    require(value == null || value instanceof String, key + " must be a string");
    return (String) value;
  }

  private static List<String> strings(Map<?, ?> map, String key) {
    Object value = map.get(key);
    if (value == null) {
      return List.of();
    }
    if (!(value instanceof List<?> list)) {
      throw new IllegalArgumentException(key + " must be a list of strings");
    }
    return list.stream().map(item -> {
      if (item instanceof String text) {
        return text;
      }
      throw new IllegalArgumentException(key + " must be a list of strings");
    }).toList();
  }

  private static long number(Map<?, ?> map, String key, long fallback, long max) {
    Object value = map.get(key);
    if (value == null) {
      return fallback;
    }
    if (!(value instanceof Integer || value instanceof Long)) {
      throw new IllegalArgumentException(LIMITS + "." + key + " must be an integer");
    }
    long number = ((Number) value).longValue();
    require(number >= 1 && number <= max, LIMITS + "." + key + " must be in 1 to " + max + ", not " + number);
    return number;
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }
}
