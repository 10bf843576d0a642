package org.clarion.gateway.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.clarion.gateway.tenant.Tenant;
import org.junit.jupiter.api.Test;

class GatewayConfigTest {
  private static Map<String, Object> least() {
    return new HashMap<>(
        Map.of("schedulers", List.of("127.0.0.1:7001"), "models", List.of("tiny"), "embedded-tenant", "demo"));
  }

  @Test
  void testDefaults() {
    assertThat(GatewayConfig.parse(least())).isEqualTo(new GatewayConfig("127.0.0.1:8080", List.of("127.0.0.1:7001"),
        List.of(), List.of("tiny"), Optional.empty(), Optional.of(new Tenant("demo")), GatewayLimits.DEFAULT));
  }

  @Test
  void testAllKeys() {
    assertThat(GatewayConfig.parse(Map.of("bind", "0.0.0.0:80", "schedulers", List.of("a:1", "b:2"), "vision-workers",
        List.of("v:1"), "models", List.of("tiny", "other"), "api-keys", "keys.yaml", "limits",
        Map.of("body-bytes", 1, "upload-bytes", 2L, "images", 3, "image-queue", 4, "generations", 5,
            "default-max-tokens", 6))))
        .isEqualTo(new GatewayConfig("0.0.0.0:80", List.of("a:1", "b:2"), List.of("v:1"),
            List.of("tiny", "other"), Optional.of(Path.of("keys.yaml")), Optional.empty(),
            new GatewayLimits(1, 2, 3, 4, 5, 6)));
  }

  @Test
  void refusesWhatItDoesNotKnow() {
    refused("bindd", "x", "bindd");
    refused("bind", 8080, "bind is '8080', not a host:port");
    refused("bind", "nowhere", "nowhere");
    refused("schedulers", List.of(), "schedulers");
    refused("schedulers", "a:1", "schedulers is 'a:1', not a list");
    refused("models", List.of(1), "models is '1', not a list of texts");
    refused("api-keys", "keys.yaml", "exactly one");
    refused("limits", Map.of("images", 0), "gateway.limits: images is '0', not a whole number from 1 to 1000");
    refused("limits", Map.of("imges", 1), "[imges]");
    refused("limits", Map.of("images", "three"), "images is 'three'");
  }

  private static void refused(String key, Object value, String message) {
    Map<String, Object> map = least();
    map.put(key, value);
    assertThatThrownBy(() -> GatewayConfig.parse(map)).isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
