package org.clarion.loadtest.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StreamEventsTest {
  @Test
  void readsEveryShapeOfLine() {
    assertThat(StreamEvents.parse("")).isEqualTo(new StreamEvent.Nothing());
    assertThat(StreamEvents.parse(": keep-alive")).isEqualTo(new StreamEvent.Nothing());
    assertThat(StreamEvents.parse("id: 12")).isEqualTo(new StreamEvent.Nothing());
    assertThat(StreamEvents.parse("data: [DONE]")).isEqualTo(new StreamEvent.Done());
    assertThat(StreamEvents.parse("data:{\"choices\":[{\"text\":\"ab\",\"finish_reason\":null}]}")).isEqualTo(
        new StreamEvent.Output(2));
    assertThat(StreamEvents.parse("data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}"))
        .isEqualTo(new StreamEvent.Nothing());
    assertThat(StreamEvents.parse("data: {\"choices\":[{\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}]}"))
        .isEqualTo(new StreamEvent.Finish(1));
    assertThat(StreamEvents.parse("data: {\"choices\":[]}")).isEqualTo(new StreamEvent.Nothing());
  }

  @Test
  void readsErrorsWithAndWithoutCode() {
    assertThat(StreamEvents.parse("data: {\"error\":{\"message\":\"m\",\"type\":\"t\",\"code\":null}}")).isEqualTo(
        new StreamEvent.Fault("t", "m"));
    assertThat(StreamEvents.error("{\"error\":{\"message\":\"m\",\"code\":\"c\"}}"))
        .isEqualTo(new StreamEvent.Fault("c",
            "m"));
    assertThat(StreamEvents.error("<html>")).isNull();
    assertThat(StreamEvents.error("")).isNull();
  }

  @Test
  void aBrokenEventDoesNotQuoteTheAnswer() {
    assertThat(StreamEvents.parse("data: {\"choices\":[{\"text\":\"private words")).isInstanceOfSatisfying(
        StreamEvent.Malformed.class, malformed -> assertThat(malformed.reason()).doesNotContain("private"));
  }
}
