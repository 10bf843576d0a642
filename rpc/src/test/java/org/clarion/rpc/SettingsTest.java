package org.clarion.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
  @ParameterizedTest
  @CsvSource({"250ms, PT0.25S", "5s, PT5S", "90s, PT1M30S", "2m, PT2M", "1h30m, PT1H30M", "1s500ms, PT1.5S",
      "1m1ms, PT1M0.001S", "36h, PT36H"})
  void timesOfEveryForm(String text, Duration time) {
    assertThat(settings("wait", text).time("wait", Duration.ZERO)).isEqualTo(time);
  }

  @ParameterizedTest
  @ValueSource(strings = {"soon", "", "5", "0s", "-1s", "1.5s", "1m1h", "99999999999999999999s",
      "9223372036854775807h"})
  void aBadTimeIsNamed(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> settings("wait", text).time("wait", Duration.ZERO))
        .withMessage("role: wait is '" + text + "', not a time above zero such as 250ms, 90s or 1h30m");
  }

  @Test
  void absentKeysGiveDefaults() {
    Settings settings = new Settings("role", Map.of());
    assertThat(settings.text("a", "x")).isEqualTo("x");
    assertThat(settings.endpoint("b", "h:1")).isEqualTo(new Endpoint("h", 1));
    assertThat(settings.endpoints("c")).isEmpty();
    assertThat(settings.texts("d")).isEmpty();
    assertThat(settings.count("e", 3)).isEqualTo(3);
    assertThat(settings.section("f").count("g", 4)).isEqualTo(4);
    settings.done();
  }

  @Test
  void badValuesAreNamedWithTheirKey() {
    refuses(() -> settings("bind", 8080).endpoint("bind", "h:1"), "role: bind is '8080', not a host:port");
    refuses(() -> settings("peers", List.of("a:1", "b")).endpoints("peers"), "role: peers is 'b', not a host:port");
    refuses(() -> settings("peers", "a:1").endpoints("peers"), "role: peers is 'a:1', not a list of host:port");
    refuses(() -> settings("names", List.of(1)).texts("names"), "role: names is '1', not a list of texts");
    refuses(() -> settings("name", List.of("x")).text("name", ""), "role: name is '[x]', not a text");
    refuses(() -> settings("name", " ").required("name"), "role: name is missing");
    refuses(() -> settings("rows", 0).count("rows", 1), "role: rows is '0', not a whole number from 1 to 2147483647");
    refuses(() -> settings("limits", 3).section("limits"), "role: limits is '3', not a map");
    refuses(() -> settings("limits", Map.of("rows", "x")).section("limits").count("rows", 1),
        "role.limits: rows is 'x', not a whole number from 1 to 2147483647");
  }

  @Test
  void unknownKeysAreRefusedInSectionsToo() {
    Settings settings = settings("limits", Map.of("rows", 1, 7, 1));
    settings.section("limits").count("rows", 1);
    refuses(settings::done, "role.limits: unknown keys [7]; known are [rows]");
    refuses(settings("bnd", "h:1")::done, "role: unknown keys [bnd]; known are []");
  }

  private static Settings settings(String key, Object value) {
    return new Settings("role", Map.of(key, value));
  }

  private static void refuses(Runnable reading, String message) {
    assertThatIllegalArgumentException().isThrownBy(reading::run).withMessage(message);
  }
}
