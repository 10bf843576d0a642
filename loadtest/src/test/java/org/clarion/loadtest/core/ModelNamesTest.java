package org.clarion.loadtest.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ModelNamesTest {
  @Test
  void keepsTheServersOrder() {
    assertThat(ModelNames.parse("{\"object\":\"list\",\"data\":[{\"id\":\"b\"},{\"id\":\"a\"},{\"name\":\"c\"}]}"))
        .containsExactly("b", "a");
  }

  @Test
  void anythingElseIsEmpty() {
    assertThat(ModelNames.parse("not found")).isEmpty();
    assertThat(ModelNames.parse("{\"error\":{}}")).isEmpty();
  }
}
