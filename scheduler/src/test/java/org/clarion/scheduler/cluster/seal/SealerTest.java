package org.clarion.scheduler.cluster.seal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Files;
import java.nio.file.Path;
import org.clarion.scheduler.api.TenantId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SealerTest {
  private static final TenantId TENANT = new TenantId("clinic-a");
  private static final byte[] PLAIN = "a patient's words".getBytes(UTF_8);

  private static Sealer sealer(String secret) {
    return new Sealer(new DerivedKeys(ClusterSecret.of(secret.repeat(32).getBytes(UTF_8))));
  }

  @Test
  void whatWasSealedOpensWithTheSameSecretTenantAndPlace() {
    byte[] sealed = sealer("s").seal(TENANT, "map/1", PLAIN);
    assertThat(sealed).hasSize(PLAIN.length + Sealer.OVERHEAD);
    assertThat(sealer("s").open(TENANT, "map/1", sealed)).isEqualTo(PLAIN);
    assertThat(new String(sealed, UTF_8)).doesNotContain("patient");
  }

  @Test
  void nothingElseOpensIt() {
    byte[] sealed = sealer("s").seal(TENANT, "map/1", PLAIN);
    refuses(sealer("t"), TENANT, "map/1", sealed);
    refuses(sealer("s"), new TenantId("clinic-b"), "map/1", sealed);
    refuses(sealer("s"), TENANT, "map/2", sealed);
    for (int i = 0; i < sealed.length; i++) {
      byte[] changed = sealed.clone();
      changed[i] ^= 1;
      refuses(sealer("s"), TENANT, "map/1", changed);
    }
    refuses(sealer("s"), TENANT, "map/1", new byte[3]);
  }

  private static void refuses(Sealer sealer, TenantId tenant, String place, byte[] sealed) {
    assertThatExceptionOfType(SealBrokenException.class).isThrownBy(() -> sealer.open(tenant, place, sealed))
        .withMessageContaining(tenant.value());
  }

  @Test
  void theSameTextIsNeverSealedAlike() {
    Sealer sealer = sealer("s");
    assertThat(sealer.seal(TENANT, "map/1", PLAIN)).isNotEqualTo(sealer.seal(TENANT, "map/1", PLAIN));
  }

  @Test
  void aSecretIsReadFromAFileAndNeverPrinted(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("secret"), "s".repeat(32) + "\n");
    ClusterSecret secret = ClusterSecret.read(file);
    assertThat(new Sealer(new DerivedKeys(secret)).open(TENANT, "p", sealer("s").seal(TENANT, "p", PLAIN)))
        .isEqualTo(PLAIN);
    assertThat(secret.toString()).doesNotContain("sss");
    Files.writeString(file, "short");
    assertThatIllegalArgumentException().isThrownBy(() -> ClusterSecret.read(file)).withMessageContaining("32")
        .withMessageContaining("5");
    assertThatIllegalArgumentException().isThrownBy(() -> ClusterSecret.read(folder.resolve("none")))
        .withMessageContaining("none");
  }
}
