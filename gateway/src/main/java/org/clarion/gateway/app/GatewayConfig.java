package org.clarion.gateway.app;

import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.clarion.gateway.tenant.Tenant;
import org.clarion.rpc.Endpoint;
import org.clarion.rpc.Settings;

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
    Settings settings = new Settings("gateway", map);
    String keys = settings.text(API_KEYS, "");
    String tenant = settings.text(EMBEDDED_TENANT, "");
    GatewayConfig config = new GatewayConfig(settings.endpoint(BIND, DEFAULT_BIND).toString(),
        texts(settings.endpoints(SCHEDULERS)), texts(settings.endpoints(VISION_WORKERS)), settings.texts(MODELS),
        keys.isEmpty() ? Optional.empty() : Optional.of(Path.of(keys)),
        tenant.isEmpty() ? Optional.empty() : Optional.of(new Tenant(tenant)), limits(settings.section(LIMITS)));
    settings.done();
    return config;
  }

  private static GatewayLimits limits(Settings limits) {
    GatewayLimits defaults = GatewayLimits.DEFAULT;
    return new GatewayLimits(limits.count("body-bytes", defaults.bodyBytes()),
        limits.number("upload-bytes", defaults.uploadBytes(), 1, Long.MAX_VALUE),
        (int) limits.number("images", defaults.images(), 1, 1_000),
        (int) limits.number("image-queue", defaults.imageQueue(), 1, 1_000_000),
        (int) limits.number("generations", defaults.generations(), 1, 1_000_000),
        (int) limits.number("default-max-tokens", defaults.defaultMaxTokens(), 1, 1_000_000));
  }

  private static List<String> texts(List<Endpoint> endpoints) {
    return endpoints.stream().map(Endpoint::toString).toList();
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }
}
