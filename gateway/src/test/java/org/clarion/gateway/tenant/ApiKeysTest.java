package org.clarion.gateway.tenant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApiKeysTest {
  @TempDir
  Path folder;

  @Test
  void aMadeKeyNamesItsClinicAndIsNotInTheFile() throws Exception {
    Path file = folder.resolve("keys.yaml");
    String north = ApiKeys.create(file, new Tenant("north"), "Front desk \"A\"");
    String south = ApiKeys.create(file, new Tenant("south"), "x");
    ApiKeys keys = ApiKeys.read(file);
    assertThat(keys.size()).isEqualTo(2);
    assertThat(keys.tenant(north)).contains(new Tenant("north"));
    assertThat(keys.tenant(south)).contains(new Tenant("south"));
    assertThat(keys.tenant(north + "x")).isEmpty();
    assertThat(keys.tenant("")).isEmpty();
    assertThat(keys.tenant("k".repeat(10_000))).isEmpty();
    assertThat(Files.readString(file)).doesNotContain(north).doesNotContain(south);
  }

  @Test
  void authenticatesBearerTokensOnly() throws Exception {
    Path file = folder.resolve("keys.yaml");
    String key = ApiKeys.create(file, new Tenant("north"), "x");
    Authenticator keys = new Authenticator.Keys(ApiKeys.read(file));
    assertThat(keys.authenticate("Bearer " + key)).isPresent();
    assertThat(keys.authenticate("bearer  " + key)).isPresent();
    assertThat(keys.authenticate(key)).isEmpty();
    assertThat(keys.authenticate("Basic " + key)).isEmpty();
    assertThat(keys.authenticate(null)).isEmpty();
  }

  @Test
  void wrongFilesAreRefusedByEntry() {
    assertThatThrownBy(() -> ApiKeys.parse("f", "keys:\n  - tenant: a\n    key-hash: sha256:12\n"))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("f: keys[0].key-hash");
    assertThatThrownBy(() -> ApiKeys.parse("f", "keys:\n  - tenant: A B\n    key-hash: sha256:" + "0".repeat(64)))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("keys[0]").hasMessageContaining("'A B'");
    assertThatThrownBy(() -> ApiKeys.parse("f", "keys:\n  - tenant: a\n    secret: x\n"))
        .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("[secret]");
    assertThatThrownBy(() -> ApiKeys.parse("f", "other: 1")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> ApiKeys.parse("f", "keys: [")).isInstanceOf(IllegalArgumentException.class);
  }
}
